/** `rollback` on a real swarm: the new version is bad in a way that the tenant does not see. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { judgeAfterKill, judgeQuiet, judgeRecovered } from "../crash/kill/judge.ts";
import { recover, recoverUntilQuiet } from "../crash/kill/recover.ts";
import { findLeaks } from "../e2e/world/find-leaks.ts";
import { faketimeLibrary } from "../e2e/world/world-clock.ts";
import { SECRET } from "../e2e/world/world.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { seenIn } from "./docker/real-world.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { signedInAlways } from "./main-job/after-a-while.ts";
import { ended } from "./main-job/how-it-ended.ts";
import { killWhen } from "./main-job/kill-when.ts";
import { withJob, type JobOrder, type JobWorld } from "./main-job/start-job.ts";
import { dockerSecrets, liveText, reported } from "./main-job/what-is-told.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker and libfaketime", async () => {
  await probeDocker();
  faketimeLibrary();
});
const ROLL_BACK = ["rollback", SECRET, "--reason", "sign-ins fail", "--json"];
const WITHIN = { timeout: 180_000 };

describeEngine(engine, "a version that turned out to be bad in a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  /** Version 2 is in use, and version 1 is in its overlap. */
  const inOverlap = (order: JobOrder, body: (world: JobWorld) => Promise<void>): Promise<void> =>
    withJob(swarm, order, async (world) => {
      for (const version of [1, 2]) {
        const rotated = await world.keyturn("rotate", "--now", SECRET, "--json");
        expect(ended(rotated)).toEqual({ code: 0, outcome: "rotated", version });
      }
      await body(world);
      await recoverUntilQuiet(world);
      await world.consumer.look();
      expect(world.consumer.heldVersions()).toEqual([1, 1]);
      expect(await reported(world)).toMatchObject({ version: 1, previous: null, health: "held", foreign: 1 });
      expect(liveText(world, 2)).toBeUndefined();
      expect(await judgeQuiet(world)).toEqual([]);
      expect(findLeaks(world)).toEqual([]);
      await signedInAlways(world);
    });

  it.concurrent("is gone after one command, and the service runs with the one before", WITHIN, () =>
    inOverlap({ mount: "bad", service: "sam-bad" }, async (world) => {
      expect(ended(await world.keyturn(...ROLL_BACK))).toEqual({
        code: 0,
        outcome: "rolled-back",
        version: 1,
      });
      expect(await seenIn(swarm, "sam-bad", "bad")).toEqual([liveText(world, 1), liveText(world, 1)]);
    }),
  );

  it.concurrent("goes back to sealed material when the dormant copy was removed by hand", WITHIN, () =>
    inOverlap({ mount: "lost", service: "sam-lost" }, async (world) => {
      await swarm.docker(["secret", "rm", "lost_v1"]);
      expect(ended(await world.keyturn(...ROLL_BACK))).toEqual({
        code: 0,
        outcome: "rolled-back",
        version: 1,
      });
      expect(await dockerSecrets(swarm, "lost")).toContain("lost_v1");
      expect(await seenIn(swarm, "sam-lost", "lost")).toEqual([liveText(world, 1), liveText(world, 1)]);
    }),
  );

  it.concurrent.each(["verify", "deliver", "activate", "confirm", "retire"] as const)(
    "goes on after kill -9 at %s",
    WITHIN,
    (step) =>
      inOverlap({ mount: `torn-${step}`, service: `sam-torn-${step}` }, async (world) => {
        expect(await killWhen(world, ROLL_BACK, { step, state: "running", direction: "do" })).toBe("killed");
        expect(await judgeAfterKill(world)).toEqual([]);
        await recover(world);
        await world.consumer.look();
        expect(await judgeRecovered(world)).toEqual([]);
      }),
  );
});
