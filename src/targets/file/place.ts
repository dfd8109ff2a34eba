import type { SecretValue } from "../../domain/material.ts";
import type { ConsumerId, Held, Json } from "../../domain/ports.ts";
import type { SecretName, VersionRef } from "../../domain/version.ts";

/** How a place comes back to what it was: plain JSON; content that exists nowhere else is sealed apart. */
export type Restore = { readonly type: string } & Readonly<Record<string, Json>>;

export interface Found {
  readonly held: Held;
  readonly restore: Restore;
  readonly content: SecretValue | null;
  /** What a process reads there, where keyturn did not put it. */
  readonly value: SecretValue | null;
}

/** Where a process reads one secret: a stable path, or a key of an environment file. */
export interface Place {
  /** Names it in baselines; no two places have the same. */
  readonly name: string;
  /** The consumer's id when no reload stands behind it. */
  readonly consumer: ConsumerId;
  find(secret: SecretName): Promise<Found>;
  assertDelivered(ref: VersionRef): Promise<void>;
  /** Writes even where the version stands already: whether it reached the disk is not known. */
  switchTo(ref: VersionRef): Promise<void>;
  leadsTo(ref: VersionRef): Promise<boolean>;
  restore(to: Restore, content: SecretValue | null): Promise<void>;
}
