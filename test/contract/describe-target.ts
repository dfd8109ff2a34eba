/**
 * What every target (a store and its consumers) must hold. Each case comes with a saboteur: a target that is broken in
 * one way, which the case must notice.
 *
 * To put a target kind under this suite, write a `TargetHarness`: `start` builds a fresh far side, in which one
 * consumer with at least two replicas (or as many as the kind knows) uses two secrets, `alpha` and `beta`, with content
 * that was put there by hand: `by-hand-alpha`, `by-hand-beta`. Beside them live bystanders with confusingly similar
 * names, which belong to others. Then, in a test file:
 *
 *     describeTarget(myHarness);
 *
 * The world answers by looking at the far side itself, never through the code under test.
 */
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CASES } from "./target-cases.ts";
import { Scene } from "./target-scene.ts";
import type { Target } from "../../src/domain/ports.ts";
import type { SecretName, VersionRef } from "../../src/domain/version.ts";

export const SECRETS = ["alpha", "beta"] as const;

export interface TargetHarness {
  /** For the suite's title. */
  readonly name: string;
  start(): Promise<TargetWorld>;
  /** False leaves the saboteurs out: for an engine that is slow, when another harness of the kind runs them. */
  readonly saboteurs?: boolean;
  /** Milliseconds that one case may take; 10,000 when not given. */
  readonly timeoutMs?: number;
}

export interface TargetWorld {
  /** A target for `alpha` or `beta`, connected as the program does it, with the content template `{value}`. */
  connect(secret: SecretName): Promise<Target>;
  /** The id of the consumer that uses both secrets. */
  readonly consumer: string;
  /** The content that each live replica of the consumer sees now for this secret. */
  seen(secret: SecretName): Promise<readonly string[]>;
  /** How often the consumer was restarted or made to reload as a whole; `null` when the kind cannot tell. */
  switches(): Promise<number | null>;
  /** Whether the store has a copy of exactly this version. */
  holds(ref: VersionRef): Promise<boolean>;
  /** A digest of everything that belongs to others; it may never change. */
  bystanders(): Promise<string>;
  /** Content with which the consumer cannot run; `null` when the kind cannot be made to fail by content. */
  readonly poison: string | null;
  /** The far side goes away: from now on every call fails. */
  breakFarSide(): Promise<void>;
  close(): Promise<void>;
}

export function describeTarget(harness: TargetHarness): void {
  describe(`target contract: ${harness.name}`, () => {
    let world: TargetWorld;
    beforeEach(async () => {
      world = await harness.start();
    }, 60_000);
    afterEach(async () => {
      await world.close();
    }, 60_000);

    const timeout = harness.timeoutMs ?? 10_000;
    for (const contract of CASES) {
      it(contract.title, { timeout }, async (context) => {
        if (contract.needsPoison === true && world.poison === null)
          context.skip("content cannot make a consumer of this kind fail");
        await contract.run(new Scene(world, (target) => target));
      });
      if (harness.saboteurs === false) continue;
      for (const saboteur of contract.saboteurs) {
        it(`${contract.title} — notices a target ${saboteur.title}`, { timeout }, async (context) => {
          if (contract.needsPoison === true && world.poison === null)
            context.skip("content cannot make a consumer of this kind fail");
          const outcome = await contract.run(new Scene(world, saboteur.breaks)).then(
            () => "passed",
            (thrown: unknown) => inspect(thrown),
          );
          expect(outcome).not.toBe("passed");
        });
      }
    }
  });
}
