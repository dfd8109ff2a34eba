/** The wall clock is set while the daemon runs, and while it does not: nothing is rotated too early, and nothing twice. */
import { readdirSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { World } from "../world/world.ts";
import { configure, managedWorld } from "./due-world.ts";
import { startDaemon } from "./start-daemon.ts";
import { requireFaketime } from "./require-faketime.ts";

const DAY_S = 86_400;
/** Ten minutes into 1970, where a machine without a battery for its clock begins. */
const BACK_TO_1970_S = 600 - Math.floor(Date.now() / 1000);
const LONG_MS = 400_000;

/** A clock that a file moves, for the daemon and its workers. */
function movable(world: World, preload: string): { env: Record<string, string>; set(aheadS: number): void } {
  const file = join(world.folder, "clock");
  const set = (aheadS: number): void => writeFileSync(file, `${aheadS < 0 ? "" : "+"}${aheadS}s\n`);
  set(0);
  const env = {
    LD_PRELOAD: preload,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
  return { env, set };
}

function health(world: World): Promise<number> {
  return new Promise((resolve, reject) => {
    const socketPath = join(world.stateDir, "viewer.sock");
    const sent = httpRequest({ socketPath, path: "/healthz", agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end();
  });
}

it(
  "beats on whatever the clock is set to, and rotates once when something is due",
  async (context) => {
    const preload = requireFaketime(context);
    const world = await managedWorld();
    const clock = movable(world, preload);
    const daemon = await startDaemon(world, clock.env);
    // Whoever answers has begun to beat.
    expect(await health(world)).toBe(200);
    for (const aheadS of [3_600, 0, -400 * DAY_S, BACK_TO_1970_S, 0]) {
      const from = daemon.log.length;
      clock.set(aheadS);
      await daemon.logged((line) => line.msg === "clock-leapt", from);
      expect(await health(world)).toBe(200);
    }
    expect(daemon.log.filter((line) => line.msg === "run-started")).toEqual([]);
    configure(world, "due");
    daemon.kill("SIGHUP");
    await daemon.logged((line) => line.msg === "pivoted");
    const from = daemon.log.length;
    clock.set(3_000);
    await daemon.logged((line) => line.msg === "clock-leapt", from);
    clock.set(-3_000);
    await daemon.logged((line) => line.msg === "clock-leapt", from + 1);
    expect(daemon.log.filter((line) => line.msg === "run-started").length).toBe(1);
    expect(world.markers.size).toBe(2);
    expect(world.consumer.signIns().failed).toBe(0);
  },
  LONG_MS,
);

it(
  "believes in a leap of 400 days only when it lasts",
  async (context) => {
    const preload = requireFaketime(context);
    const world = await managedWorld();
    const clock = movable(world, preload);
    const daemon = await startDaemon(world, clock.env);
    expect(await health(world)).toBe(200);
    clock.set(400 * DAY_S);
    await daemon.logged((line) => line.msg === "clock-leapt");
    const from = daemon.log.length;
    clock.set(0);
    await daemon.logged((line) => line.msg === "clock-leapt", from);
    expect(daemon.log.filter((line) => line.msg === "worker-started")).toEqual([]);
    expect(world.markers.size).toBe(1);
  },
  LONG_MS,
);

it.for([3_600, -3_600, -400 * DAY_S, BACK_TO_1970_S])(
  "started %i seconds from now, it rotates nothing that is not due",
  async (aheadS, context) => {
    const preload = requireFaketime(context);
    const world = await managedWorld();
    const clock = movable(world, preload);
    clock.set(aheadS);
    const daemon = await startDaemon(world, clock.env);
    expect(await health(world)).toBe(200);
    daemon.kill("SIGTERM");
    expect((await daemon.finished).code).toBe(0);
    expect(daemon.log.filter((line) => line.msg === "worker-started")).toEqual([]);
    expect(readdirSync(world.stateDir)).toContain("journal.db");
  },
);
