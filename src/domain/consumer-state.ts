/** What consumers use, and how that changes and is known. */
import type { Material } from "./material.ts";
import type { ConsumerId, Json } from "./ports.ts";
import type { CredentialRef, SecretName, VersionRef } from "./version.ts";

/** What a consumer holds for one secret. `foreign` is something keyturn did not put there. */
export type Held =
  | { readonly kind: "version"; readonly ref: VersionRef }
  | { readonly kind: "foreign"; readonly description: string }
  | { readonly kind: "absent" };

export interface BaselineItem {
  readonly secret: SecretName;
  readonly held: Held;
  /** Whatever the consumer needs to come back to this state; plain JSON, never secret. */
  readonly restore: Json;
  /** Content that exists nowhere else (a file written by hand); sealed by the journal. */
  readonly content?: Material;
  /** What the secret's probes saw, by their ids. */
  readonly sightings?: Sightings;
}

/** What probes see from outside, by their ids: plain JSON, never secret. */
export type Sightings = Readonly<Record<string, Json>>;

/** What a consumer was using, per secret. */
export interface Baseline {
  readonly consumer: ConsumerId;
  readonly items: readonly BaselineItem[];
}

export interface Change {
  readonly secret: SecretName;
  /** The version it comes from; `null` for a first rotation. */
  readonly from: VersionRef | null;
  readonly to: VersionRef;
  /** `to` as its issuer knows it. */
  readonly credential?: CredentialRef;
}

/** How surely a consumer is known to use a version, weakest first. */
export type Evidence = "converged" | "probed" | "in-use";
