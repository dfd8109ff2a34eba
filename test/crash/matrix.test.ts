/**
 * Every scenario, stopped or failed at every point between two effects, and again at every point of the recovery.
 * The points are counted by running the scenario, never placed by hand.
 */
import { describe, expect, it } from "vitest";
import { randomFrom, singles } from "./injections.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { Fault, Injection } from "./world/points.ts";
import { play, type Scenario } from "./world/scenario.ts";

const SEED = Number(process.env["CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** The share of double faults that is played; 1 plays all of them. */
const SHARE = Number(process.env["CRASH_SHARE"] ?? 0.1);
const SECOND: readonly Fault[] = ["kill", "kill-late", "lost-answer", "transient", "rejected"];

describe(`crash matrix (CRASH_SEED=${SEED} CRASH_SHARE=${SHARE})`, () => {
  for (const scenario of SCENARIOS) {
    it(`${scenario.name}: goes well without a fault`, async () => {
      const { violations, points } = await play(scenario);
      expect(violations).toEqual([]);
      expect(points).toBeGreaterThan(20);
    });

    it(`${scenario.name}: one fault at every point`, async () => {
      const { names } = await play(scenario);
      const faults = singles(names).filter(plausible(scenario));
      expect(faults.length).toBeGreaterThan(20);
      for (const first of faults) await holds(scenario, names, first, []);
    });

    it(`${scenario.name}: a second fault while the first is recovered from`, { timeout: 600_000 }, async () => {
      const random = randomFrom(SEED);
      const { names } = await play(scenario);
      for (const first of singles(names).filter(plausible(scenario))) {
        const { recoveryPoints } = await play(scenario, [first]);
        for (let point = 1; point <= recoveryPoints; point += 1) {
          if (random() >= SHARE) continue;
          const fault = SECOND[Math.floor(random() * SECOND.length)] as Fault;
          await holds(scenario, names, first, [{ point, fault }]);
        }
      }
    });
  }
});

/** A back-up is not restored within the seconds in which a call of the lost process could still land. */
function plausible(scenario: Scenario): (injection: Injection) => boolean {
  return ({ fault }) => scenario.restore === undefined || fault !== "kill-late";
}

async function holds(
  scenario: Scenario,
  names: readonly string[],
  first: Injection,
  second: readonly Injection[],
): Promise<void> {
  const { violations, outcomes } = await play(scenario, [first], second);
  const where = `${first.fault} at ${first.point} (${names[first.point - 1]}), then ${JSON.stringify(second)}`;
  expect(violations, `${where}; runs ended ${outcomes.join(", ")}`).toEqual([]);
}
