/** A daemon's configuration and its signals, while a process signs in all the time. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { startQuietFileWorld } from "../world/quiet-world.ts";
import { SECRET } from "../world/world.ts";
import { configure, dueWorld, expectRotatedOnce } from "./due-world.ts";
import { launchDaemon, startDaemon } from "./start-daemon.ts";

const LONG_MS = 10_000;

it("goes by a new configuration, and keeps the old one when the new one is wrong", async () => {
  const world = await dueWorld();
  configure(world, "not due");
  const daemon = await startDaemon(world);
  writeFileSync(join(world.folder, "schedules", "secrets.yaml"), "policies: { p: { maxAge: soon } }\n");
  daemon.kill("SIGHUP");
  const refused = await daemon.logged((line) => line.msg === "config-refused");
  expect(refused.reason).toContain("secrets.yaml:1");
  expect(daemon.log.some((line) => line.msg === "pivoted")).toBe(false);
  configure(world, "due");
  daemon.kill("SIGHUP");
  await expectRotatedOnce(world, daemon);
});

it("works by the old configuration while the files are wrong", async () => {
  const world = await dueWorld();
  configure(world, "not due");
  const daemon = await startDaemon(world);
  const good = readFileSync(world.configFile, "utf8");
  writeFileSync(world.configFile, "state: 1\n");
  daemon.kill("SIGHUP");
  await daemon.logged((line) => line.msg === "config-refused");
  writeFileSync(world.configFile, good);
  configure(world, "not due");
  expect((await world.keyturn("rotate", "--now", SECRET, "--revoke-now")).code).toBe(0);
  expect(world.consumer.signIns().failed).toBe(0);
});

it("refuses to start with a configuration that is wrong, and tells every problem", async () => {
  const world = await startQuietFileWorld();
  writeFileSync(world.configFile, "state: { dir: 1, sealKeyFile: 2 }\n");
  const { code, stderr } = await launchDaemon(world).finished;
  expect(code).toBe(2);
  expect(stderr).toContain("state.dir");
  expect(stderr).toContain("state.sealKeyFile");
});

it("does not start beside another one", async () => {
  const world = await startQuietFileWorld();
  await startDaemon(world);
  const { code, stderr } = await launchDaemon(world).finished;
  expect(code).toBe(4);
  expect(stderr).toContain("another daemon listens");
});

it("lets the step under way end on SIGTERM, and the next start goes on", async () => {
  const world = await dueWorld();
  const first = await startDaemon(world);
  await first.logged((line) => line.msg === "run-started");
  first.kill("SIGTERM");
  expect((await first.finished).code).toBe(0);
  expect(first.log.some((line) => line.result === "unknown")).toBe(false);
  await expectRotatedOnce(world, await startDaemon(world));
});

it("ends at once on a second SIGTERM", async () => {
  const world = await dueWorld();
  const daemon = await startDaemon(world);
  const { pid = 0 } = await daemon.logged((line) => line.msg === "worker-started");
  process.kill(pid, "SIGSTOP");
  daemon.kill("SIGTERM");
  await daemon.logged((line) => line.msg === "stopping");
  const at = performance.now();
  daemon.kill("SIGTERM");
  while (existsSync(`/proc/${daemon.pid}`) && performance.now() - at < LONG_MS) await setImmediate();
  expect(performance.now() - at).toBeLessThan(2_000);
  // It holds the daemon's standard error open as long as it is there.
  process.kill(pid, "SIGKILL");
  expect((await daemon.finished).code).toBe(143);
});
