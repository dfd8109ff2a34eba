/** A value that a person gives reaches the worker through the daemon, and nothing that keeps or prints ever has it. */
import { expect, it } from "vitest";
import { findLeaks, findLeaksOfProcess } from "../world/find-leaks.ts";
import { startQuietFileWorld } from "../world/quiet-world.ts";
import { toldBy } from "../world/start-keyturn.ts";
import { SECRET } from "../world/world.ts";
import { startDaemon } from "./start-daemon.ts";

const ISSUER = { kind: "manual", instructions: "Ask the tenant's owner" };

it("goes through the socket and the worker's pipe; `retire --done` and `adopt` go the same way", async () => {
  const world = await startQuietFileWorld({ overlap: "1s" });
  world.configure((parts) => ({
    ...parts,
    more: { log: { level: "debug" } },
    secrets: {
      [SECRET]: { issuer: ISSUER, targets: world.consumer.targets, probes: world.consumer.probes },
    },
  }));
  const daemon = await startDaemon(world);
  const give = (): ReturnType<typeof world.given> =>
    world.given(world.app.addSecret("by hand").secretText, "rotate", SECRET, "--value-stdin", "--json");
  for (const version of [1, 2]) {
    const finished = await give();
    expect([finished.code, finished.stderr]).toEqual([0, ""]);
    expect(toldBy(finished).at(-1)).toMatchObject({ outcome: "rotated", version });
    expect(findLeaksOfProcess(world, daemon.pid)).toEqual([]);
  }
  expect(daemon.log.filter((line) => line.msg === "pivoted")).toHaveLength(2);
  expect(world.consumer.heldVersions()).toEqual([2]);
  const retired = await world.keyturn("retire", SECRET, "--done");
  expect([retired.code, retired.stderr]).toEqual([0, ""]);
  expect((await world.keyturn("status", "--json")).stdout).toContain('"previous":null');
  expect((await world.keyturn("adopt")).code).toBe(0);
  daemon.kill("SIGTERM");
  const { code, stderr } = await daemon.finished;
  expect([code, stderr]).toEqual([0, ""]);
  expect(findLeaks(world)).toEqual([]);
  expect(world.consumer.signIns().failed).toBe(0);
});
