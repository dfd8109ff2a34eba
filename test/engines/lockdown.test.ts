/** `lockdown` on a real swarm: what is contained never runs its code again, and comes back refusing everything. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { SECRET } from "../e2e/world/world.ts";
import { toldBy, type Finished } from "../e2e/world/start-keyturn.ts";
import { faketimeLibrary } from "../e2e/world/world-clock.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { withLockdown } from "./lockdown/start-world.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker and libfaketime", async () => {
  await probeDocker();
  faketimeLibrary();
});
const START = ["lockdown", "start", "sam", "--reason", "a token was seen in public", "--json"];
const WITHIN = { timeout: 120_000 };

describeEngine(engine, "a lockdown of a service on a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  it("contains, rotates, and comes back under denial; nothing of the old code ever ran again", WITHIN, () =>
    withLockdown(swarm, { name: "ticking" }, async (world) => {
      const { service } = world.consumer;
      const first = await world.keyturn("rotate", "--now", SECRET, "--json");
      expect(first.code, first.stderr).toBe(0);
      let after: number | null = null;
      const locked = await world.start(START, (line) => {
        if (line.includes('"contained"')) after = service.allowing();
      }).finished;
      expect(lockdownOf(locked)).toMatchObject({ outcome: "complete", missing: [] });
      expect(locked.code).toBe(0);
      expect(after).toBeGreaterThan(0);
      expect(service.allowing()).toBe(after);
      expect(service.ticks().at(-1)).toContain("deny_all");
    }),
  );
});

function lockdownOf(finished: Finished): unknown {
  return toldBy(finished).find(({ type }) => type === "lockdown") ?? finished.stderr;
}
