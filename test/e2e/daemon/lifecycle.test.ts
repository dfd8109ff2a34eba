/** Signals, and deaths: the daemon and its worker are stopped, killed and starved, while a process signs in all the time. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { smallDisk } from "../../small-disk.ts";
import { startQuietFileWorld } from "../world/quiet-world.ts";
import { SECRET, type World } from "../world/world.ts";
import { configure, dueWorld } from "./due-world.ts";
import { launchDaemon, startDaemon, type RunningDaemon } from "./start-daemon.ts";

/** The previous version is alive for an hour: it is rotated once. */
async function expectRotatedOnce(world: World, daemon: RunningDaemon): Promise<void> {
  await daemon.logged((line) => line.msg === "pivoted");
  await daemon.logged((line) => line.msg === "worker-ended");
  expect(world.consumer.heldVersions()).toEqual([2]);
  expect(world.consumer.signIns().failed).toBe(0);
  expect(world.entra.credentialsOf(world.appId).length).toBe(3);
}

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

/** Not when its streams are closed, which others may hold. */
async function gone(pid: number): Promise<void> {
  while (!isDead(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Whoever started it may not have asked yet how it ended. */
function isDead(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.startsWith("Z") === true;
  } catch {
    return true;
  }
}

it("ends at once on a second SIGTERM", async () => {
  const world = await dueWorld();
  const daemon = await startDaemon(world);
  const { pid = 0 } = await daemon.logged((line) => line.msg === "worker-started");
  process.kill(pid, "SIGSTOP");
  daemon.kill("SIGTERM");
  await daemon.logged((line) => line.msg === "stopping");
  const at = performance.now();
  daemon.kill("SIGTERM");
  await gone(daemon.pid);
  expect(performance.now() - at).toBeLessThan(2_000);
  // The worker still holds the daemon's standard error.
  process.kill(pid, "SIGKILL");
  expect((await daemon.finished).code).toBe(143);
});

it.each(["create", "verify", "activate", "confirm"])(
  "goes on when the worker is killed after the intent of %s",
  async (step) => {
    const world = await dueWorld();
    const daemon = await startDaemon(world);
    const { pid = 0 } = await daemon.logged((line) => line.msg === "worker-started");
    await daemon.logged((line) => line.msg === "intent" && line.step === step);
    process.kill(pid, "SIGKILL");
    await daemon.logged((line) => line.msg === "worker-ended" && line.reason === "SIGKILL");
    await daemon.logged((line) => line.msg === "pivoted");
    expect(world.consumer.heldVersions()).toEqual([2]);
    expect(world.consumer.signIns().failed).toBe(0);
  },
);

it("is killed in the middle, and the next one goes on", async () => {
  const world = await dueWorld();
  const first = await startDaemon(world);
  await first.logged((line) => line.msg === "intent" && line.step === "activate");
  first.kill("SIGKILL");
  await first.finished;
  const second = await startDaemon(world);
  await second.logged((line) => line.msg === "pivoted").catch(() => undefined);
  await second.logged((line) => line.msg === "run-ended").catch(() => undefined);
  expect(world.consumer.heldVersions()).toEqual([2]);
  expect(world.consumer.signIns().failed).toBe(0);
});

it("kills a worker that is stopped, and has another go on", async () => {
  const world = await dueWorld();
  const daemon = await startDaemon(world);
  const { pid = 0 } = await daemon.logged((line) => line.msg === "worker-started");
  process.kill(pid, "SIGSTOP");
  const killed = await daemon.logged((line) => line.msg === "worker-killed");
  expect(killed.reason).toContain("sign of life");
  await daemon.logged((line) => line.msg === "pivoted");
  expect(world.consumer.signIns().failed).toBe(0);
});

it("waits while the audit folder is gone, and goes on when it is back", async () => {
  const world = await dueWorld();
  const audit = join(world.stateDir, "audit");
  renameSync(audit, `${audit}-elsewhere`);
  writeFileSync(audit, "not a folder");
  const daemon = await startDaemon(world);
  await daemon.logged((line) => line.code === "audit-unavailable");
  expect(world.consumer.heldVersions()).toEqual([1]);
  rmSync(audit);
  renameSync(`${audit}-elsewhere`, audit);
  await expectRotatedOnce(world, daemon);
});

it("waits while the disk is full, and goes on when there is room", async (context) => {
  const disk = smallDisk(64, (why) => context.skip(why));
  const world = await startQuietFileWorld({ overlap: "1h" });
  const state = { dir: join(disk.dir, "state"), sealKeyFile: join(world.folder, "seal.key") };
  configure(world, "not due", (parts) => ({ ...parts, state }));
  expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  configure(world, "due", (parts) => ({ ...parts, state }));
  disk.fill();
  expect((await world.keyturn("status")).stderr).toContain("no space left on the device");
  const daemon = await startDaemon(world);
  await daemon.logged((line) => line.code === "disk-full");
  expect(world.consumer.heldVersions()).toEqual([1]);
  disk.free();
  await expectRotatedOnce(world, daemon);
  expect(existsSync(join(disk.dir, "state", "journal.db"))).toBe(true);
});
