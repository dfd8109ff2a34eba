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
/** The share of double faults that is played; 1 plays all of them, about a million. */
const SHARE = Number(process.env["CRASH_SHARE"] ?? 0.005);
const SECOND: readonly Fault[] = [
  "kill",
  "kill-late",
  "lost-answer",
  "lost-late",
  "transient",
  "rejected",
  "full",
];
const LONG_MS = 3_600_000;

describe(`crash matrix (CRASH_SEED=${SEED} CRASH_SHARE=${SHARE})`, () => {
  for (const scenario of SCENARIOS) {
    it(`${scenario.name}: goes well without a fault`, async () => {
      const { violations, points } = await play(scenario);
      expect(violations).toEqual([]);
      expect(points).toBeGreaterThan(20);
    });

    it(
      `${scenario.name}: a fault at every point, and another while it is recovered from`,
      { timeout: LONG_MS },
      async () => {
        const random = randomFrom(SEED);
        const { names } = await play(scenario);
        const faults = singles(names).filter(plausible(scenario));
        expect(faults.length).toBeGreaterThan(20);
        for (const first of faults) {
          const points = await holds(scenario, names, first, []);
          for (let point = 1; point <= points; point += 1) {
            if (random() >= SHARE) continue;
            const fault = SECOND[Math.floor(random() * SECOND.length)] as Fault;
            await holds(scenario, names, first, [{ point, fault }]);
          }
        }
      },
    );
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
): Promise<number> {
  const { violations, outcomes, recoveryPoints } = await play(scenario, [first], second);
  const where = `${first.fault} at ${first.point} (${names[first.point - 1]}), then ${JSON.stringify(second)}`;
  expect(violations, `${where}; runs ended ${outcomes.join(", ")}`).toEqual([]);
  return recoveryPoints;
}
