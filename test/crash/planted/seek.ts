import { randomFrom, singles } from "../injections.ts";
import { SCENARIOS } from "../scenarios.ts";
import type { Fault, Injection } from "../world/points.ts";
import { play, type Scenario } from "../world/scenario.ts";

/** Where a violation was seen. */
export interface Find {
  readonly scenario: string;
  readonly injections: readonly Injection[];
  readonly violations: readonly string[];
}

const SECOND: readonly Fault[] = ["kill", "kill-late", "lost-answer", "transient", "rejected"];

/** Plays at most `plays` times per scenario: without a fault, then single faults in random order, some with a second one. */
export async function seek(seed: number, plays: number, first: string | null): Promise<Find | null> {
  const random = randomFrom(seed);
  const soonest = (scenario: Scenario): number => (first !== null && scenario.name.startsWith(first) ? 0 : 1);
  for (const scenario of SCENARIOS.toSorted((a, b) => soonest(a) - soonest(b))) {
    const found = await seekIn(scenario, plays, random);
    if (found !== null) return found;
  }
  return null;
}

async function seekIn(scenario: Scenario, plays: number, random: () => number): Promise<Find | null> {
  const { names, found } = await attempt(scenario, [], []);
  if (found !== null) return found;
  const order = singles(names).map((injection) => ({ injection, at: random() }));
  for (const { injection } of order.toSorted((a, b) => a.at - b.at).slice(0, plays)) {
    if (scenario.restore !== undefined && injection.fault === "kill-late") continue;
    const single = await attempt(scenario, [injection], []);
    if (single.found !== null) return single.found;
    const fault = SECOND[Math.floor(random() * SECOND.length)] as Fault;
    const double = await attempt(
      scenario,
      [injection],
      [{ point: 1 + Math.floor(random() * single.points), fault }],
    );
    if (double.found !== null) return double.found;
  }
  return null;
}

async function attempt(
  scenario: Scenario,
  first: readonly Injection[],
  second: readonly Injection[],
): Promise<{ readonly names: readonly string[]; readonly points: number; readonly found: Find | null }> {
  const injections = [...first, ...second];
  try {
    const { names, recoveryPoints, violations } = await play(scenario, first, second);
    const found =
      violations.length === 0
        ? null
        : { scenario: scenario.name, injections, violations: [...new Set(violations)] };
    return { names, points: recoveryPoints, found };
  } catch (error) {
    const violations = [`thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
    return { names: [], points: 0, found: { scenario: scenario.name, injections, violations } };
  }
}
