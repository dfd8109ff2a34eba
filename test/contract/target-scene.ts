/** A target under contract in its world, with the few moves that the cases are made of. */
import { inspect } from "node:util";
import { expect } from "vitest";
import type { TargetWorld } from "./describe-target.ts";
import { findCanary } from "../canary.ts";
import { RotationError } from "../../src/domain/errors.ts";
import { SecretValue } from "../../src/domain/material.ts";
import type { Change, Consumer, Target } from "../../src/domain/ports.ts";
import { formatMarker, type Created, type SecretName, type VersionRef } from "../../src/domain/version.ts";

/** Breaks a target in one way. */
export type Sabotage = (target: Target) => Target;

export class Scene {
  readonly world: TargetWorld;
  readonly signal = new AbortController().signal;
  readonly #sabotage: Sabotage;

  constructor(world: TargetWorld, sabotage: Sabotage) {
    this.world = world;
    this.#sabotage = sabotage;
  }

  async target(secret: SecretName): Promise<Target> {
    return this.#sabotage(await this.world.connect(secret));
  }

  /** The consumer of these secrets, joined as the planner joins it. */
  async consumer(...secrets: SecretName[]): Promise<Consumer> {
    const parts: Consumer[] = [];
    for (const secret of secrets) {
      const all = await (await this.target(secret)).consumers(this.signal);
      parts.push(...all.filter(({ id }) => id === this.world.consumer));
    }
    expect(parts).toHaveLength(secrets.length);
    return parts.reduce((joined, part) => joined.join(part));
  }

  /** Delivers a version with this content; its number is the next free one. */
  async deliver(secret: SecretName, content: string, run = "run1"): Promise<VersionRef> {
    const { store } = await this.target(secret);
    const created = version(secret, (await store.highest(this.signal)) + 1, content, run);
    await store.deliver(created, this.signal);
    return created.ref;
  }

  /** Every replica sees this content, and there is one. */
  async expectSeen(secret: SecretName, content: string): Promise<void> {
    const seen = await this.world.seen(secret);
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([content]));
  }
}

export function version(secret: SecretName, number: number, content: string, run = "run1"): Created {
  const marker = formatMarker(secret, run, 1);
  return {
    ref: { secret, version: number, marker },
    credential: { id: `id-of-${number}`, marker },
    material: { value: SecretValue.fromText(content) },
    createdAt: 1_700_000_000_000,
    notAfter: null,
  };
}

export function changeTo(to: VersionRef): Change {
  return { secret: to.secret, from: null, to };
}

/** The RotationError that the call ends with; anything else fails the case. */
export async function refusal(call: Promise<unknown>): Promise<RotationError> {
  const outcome = await call.then(
    () => "it resolved" as const,
    (thrown: unknown) => thrown,
  );
  expect(outcome).toBeInstanceOf(RotationError);
  return outcome as RotationError;
}

/** Nothing that an error shows, its causes included, may hold the canary. */
export function expectNoCanary(error: RotationError, canary: string): void {
  const shown = `${inspect(error, { depth: Infinity, showHidden: true })}\n${JSON.stringify(error)}\n${error.stack ?? ""}`;
  expect(findCanary(Buffer.from(shown), canary)).toEqual([]);
}
