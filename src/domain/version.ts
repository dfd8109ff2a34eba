import type { Material } from "./material.ts";
import type { Instant } from "./time.ts";

/** A secret's name in the configuration: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`. */
export type SecretName = string;

/** Counts up per secret and is never used twice; 0 is whatever was there before keyturn. */
export type VersionNumber = number;

/** Identifies a run: sortable by time, `[0-9a-z]+`. */
export type RunId = string;

/** `keyturn:<secret>:<run id>.<attempt>`: what an issuer or a store carries so that its origin can be found again. */
export type Marker = string;

/** Where a version is in its life. */
export type Stage = "pending" | "current" | "previous" | "retired";

/** A version as stores and consumers know it. */
export interface VersionRef {
  readonly secret: SecretName;
  readonly version: VersionNumber;
  readonly marker: Marker;
}

/** A credential as its issuer knows it. `id` is the issuer's own (Entra: keyId). */
export interface CredentialRef {
  readonly id: string;
  readonly marker: Marker | null;
}

/** What an issuer returns from `create`. */
export interface Issued {
  readonly credential: CredentialRef;
  readonly material: Material;
  readonly createdAt: Instant;
  readonly notAfter: Instant | null;
}

/** A version with its material in memory, as `verify` and `deliver` take it. */
export interface Created extends Issued {
  readonly ref: VersionRef;
}

/** Writes the marker of one attempt at creating a version. */
export function formatMarker(secret: SecretName, run: RunId, attempt: number): Marker {
  return `keyturn:${secret}:${run}.${attempt}`;
}

/** Reads a marker back; `null` when `text` is not one. */
export function parseMarker(text: string): { secret: SecretName; run: RunId; attempt: number } | null {
  const match = /^keyturn:([a-zA-Z0-9][a-zA-Z0-9_.-]*):([0-9a-z]+)\.(\d{1,6})$/.exec(text);
  if (!match) return null;
  return { secret: match[1] as string, run: match[2] as string, attempt: Number(match[3]) };
}
