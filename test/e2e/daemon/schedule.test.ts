/** The daemon as installed: what is due is rotated by a worker, and nothing is left of the worker. */
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { startQuietFileWorld } from "../world/quiet-world.ts";
import { SECRET, type World } from "../world/world.ts";
import { startDaemon } from "./start-daemon.ts";

function setMaxAge(world: World, maxAge: string): void {
  world.configure((parts) => ({
    ...parts,
    more: { log: { level: "debug" } },
    policy: { ...parts.policy, maxAge },
  }));
}

it("rotates what is due, revokes the old version after its overlap, and stops when it is told to", async () => {
  const world = await startQuietFileWorld({ overlap: "1s" });
  expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  setMaxAge(world, "2s");
  const daemon = await startDaemon(world);
  await daemon.logged((line) => line.msg === "pivoted");
  expect(world.consumer.heldVersions()).toEqual([2]);
  setMaxAge(world, "90d");
  const reloaded = daemon.log.length;
  daemon.kill("SIGHUP");
  await daemon.logged((line) => line.msg === "config-loaded", reloaded);
  await daemon.logged((line) => line.step === "retire" && line.result === "done");
  const { pid = 0 } = await daemon.logged((line) => line.msg === "worker-ended");
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  daemon.kill("SIGTERM");
  const { code, stderr } = await daemon.finished;
  expect([code, stderr]).toEqual([0, ""]);
  expect(world.consumer.signIns().failed).toBe(0);
  expect((await world.keyturn("status", "--json")).stdout).toContain('"health":"ok"');
});
