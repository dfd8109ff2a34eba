/** A secret with one version and an overlap of an hour, so that it can be rotated by schedule exactly once. */
import { expect } from "vitest";
import { startQuietFileWorld } from "../world/quiet-world.ts";
import { SECRET, type World } from "../world/world.ts";
import type { ConfigParts } from "../world/write-config.ts";
import type { RunningDaemon } from "./start-daemon.ts";

export async function managedWorld(): Promise<World> {
  const world = await startQuietFileWorld({ overlap: "1h" });
  expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  configure(world, "not due");
  return world;
}

export async function dueWorld(): Promise<World> {
  const world = await managedWorld();
  configure(world, "due");
  return world;
}

/** Every version lives for 180 days. */
export function configure(
  world: World,
  when: "due" | "not due",
  change: (parts: ConfigParts) => ConfigParts = (parts) => parts,
): void {
  world.configure((parts) => {
    const { maxAge, ...policy } = parts.policy;
    const rule = when === "due" ? { renewBefore: "180d" } : { maxAge };
    return change({ ...parts, more: { log: { level: "debug" } }, policy: { ...policy, ...rule } });
  });
}

/** The previous version is alive for an hour: it is rotated once. */
export async function expectRotatedOnce(world: World, daemon: RunningDaemon): Promise<void> {
  await daemon.logged((line) => line.msg === "pivoted");
  await daemon.logged((line) => line.msg === "worker-ended");
  expect(world.consumer.heldVersions()).toEqual([2]);
  expect(world.consumer.signIns().failed).toBe(0);
  expect(world.entra.credentialsOf(world.appId).length).toBe(3);
}
