/**
 * What every probe must do. A kind's test gives a world with something to probe in it, which can be made to pass or not.
 * Each case comes with a saboteur, a broken probe that the case must catch.
 */
import { describe, expect, it } from "vitest";
import { PROBE_CASES } from "./probe/cases.ts";
import type { Probe } from "../../src/domain/ports.ts";

export interface ProbeWorld {
  /** A probe that looks every few milliseconds, until `within` is over. */
  connect(within: string): Promise<Probe>;
  /** From now on the probed thing uses this version, and all is well. */
  pass(version: number): Promise<void>;
  /** From now on something is wrong, and the canary is in every answer. */
  fail(): Promise<void>;
  /** Resolves when the probe has looked once more. */
  nextLook(): Promise<void>;
  /** Nothing answers any more. */
  breakFarSide(): Promise<void>;
  /** What the probe can prove. */
  readonly evidence: "probed" | "in-use";
  /** What the error names as seen while `fail` holds. */
  readonly seen: string;
  readonly canary: string;
  close(): Promise<void>;
}

export interface ProbeCase {
  readonly name: string;
  check(world: ProbeWorld): Promise<void>;
  /** What the broken one does. */
  readonly saboteur: string;
  sabotage(probe: Probe): Probe;
}

export function describeProbe(name: string, start: () => Promise<ProbeWorld>): void {
  describe(`probe contract: ${name}`, () => {
    for (const one of PROBE_CASES) {
      it(one.name, () => inWorld(start, (world) => one.check(world)));
      it(`would catch one that ${one.saboteur}`, () =>
        inWorld(start, async (world) => {
          const connect = async (within: string): Promise<Probe> => one.sabotage(await world.connect(within));
          const outcome = one.check({ ...world, connect }).then(
            () => "not caught",
            () => "caught",
          );
          expect(await outcome).toBe("caught");
        }));
    }
  });
}

async function inWorld(
  start: () => Promise<ProbeWorld>,
  use: (world: ProbeWorld) => Promise<void>,
): Promise<void> {
  const world = await start();
  try {
    await use(world);
  } finally {
    await world.close();
  }
}
