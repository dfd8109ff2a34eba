/** Values that a person makes and revokes, into a service on a real swarm. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { findLeaks } from "../e2e/world/find-leaks.ts";
import { toldBy, type Finished } from "../e2e/world/start-keyturn.ts";
import { faketimeLibrary } from "../e2e/world/world-clock.ts";
import { SECRET } from "../e2e/world/world.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { seenIn } from "./docker/real-world.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { signedInAlways } from "./main-job/after-a-while.ts";
import { ended } from "./main-job/how-it-ended.ts";
import { withJob, type JobWorld } from "./main-job/start-job.ts";
import { reported } from "./main-job/what-is-told.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker and libfaketime", async () => {
  await probeDocker();
  faketimeLibrary();
});
const GIVE = ["rotate", SECRET, "--value-stdin", "--json"];
const DONE = ["retire", SECRET, "--done", "--reason", "revoked in the portal", "--json"];
const WITHIN = { timeout: 180_000 };

describeEngine(engine, "a value that a person gives, in a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  /** The tenant is the vendor: a person adds and removes the secrets there. */
  const byHand = (name: string, body: (world: JobWorld) => Promise<void>): Promise<void> =>
    withJob(swarm, { mount: name, service: `sam-${name}`, overlap: "1s" }, async (world) => {
      const probe = { kind: "command", command: ["true"] };
      const { targets } = world.consumer;
      world.configure((parts) => ({
        ...parts,
        secrets: { [SECRET]: { issuer: { kind: "manual" }, targets, probes: [probe] } },
      }));
      await body(world);
      expect(findLeaks(world)).toEqual([]);
    });

  it.concurrent(
    "is distributed, and the one before retired once a person says that it is revoked",
    WITHIN,
    () =>
      byHand("given", async (world) => {
        const values = [1, 2].map(() => world.app.addSecret("by hand").secretText);
        for (const [index, value] of values.entries()) {
          const given = await world.given(value, ...GIVE);
          expect(ended(given)).toEqual({ code: 0, outcome: "rotated", version: index + 1 });
          expect(await seenIn(swarm, "sam-given", "given")).toEqual([value, value]);
        }

        world.advance(3_600_000);
        expect((await world.keyturn("recover")).stderr).toContain(`keyturn retire ${SECRET} --done`);
        expect(await reported(world)).toMatchObject({ version: 2, previous: 1 });
        await signedInAlways(world);

        world.entra.expire(world.appId, values[0] ?? "");
        expect(retired(await world.keyturn(...DONE))).toEqual([1]);
        expect(await reported(world)).toMatchObject({ version: 2, previous: null, health: "ok" });
        await signedInAlways(world);
      }),
  );

  it.concurrent(
    "is rolled back: the service runs with the one before, and the bad one waits to be revoked",
    WITHIN,
    () =>
      byHand("regretted", async (world) => {
        const values = [1, 2].map(() => world.app.addSecret("by hand").secretText);
        for (const value of values) expect((await world.given(value, ...GIVE)).code).toBe(0);

        const back = await world.keyturn("rollback", SECRET, "--json");
        expect(ended(back)).toEqual({ code: 0, outcome: "rolled-back", version: 1 });
        expect(await seenIn(swarm, "sam-regretted", "regretted")).toEqual([values[0], values[0]]);
        expect(await reported(world)).toMatchObject({ version: 1, previous: 2, health: "held" });

        world.entra.expire(world.appId, values[1] ?? "");
        expect(retired(await world.keyturn(...DONE))).toEqual([2]);
        await signedInAlways(world);
      }),
  );
});

function retired(finished: Finished): readonly unknown[] {
  return toldBy(finished).flatMap(({ type, version }) => (type === "retired" ? [version] : []));
}
