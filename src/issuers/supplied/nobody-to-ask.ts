import { RotationError } from "../../domain/errors.ts";
import type { Material } from "../../domain/material.ts";
import type { Issuer } from "../../domain/ports.ts";
import type { Clock } from "../../domain/time.ts";

export interface Unasked {
  readonly clock: Clock;
  /** How long a version lives, in milliseconds; null for ever. */
  readonly lifetimeMs: number | null;
}

/** What an issuer does for values that no far side knows of: nothing can be found, listed or revoked anywhere. */
export function nobodyToAsk({
  clock,
  lifetimeMs,
}: Unasked): Pick<Issuer, "create" | "find" | "list" | "verify" | "revoke" | "close"> {
  return {
    async create({ marker, material }, signal) {
      assertGoesOn(signal);
      if (material === undefined) throw nothingThere("create");
      assertValue(material, "create");
      const createdAt = clock.now();
      const notAfter = lifetimeMs === null ? null : createdAt + lifetimeMs;
      return { credential: { id: marker, marker }, material, createdAt, notAfter };
    },
    async find(_marker, signal) {
      assertGoesOn(signal);
      return [];
    },
    async list(signal) {
      assertGoesOn(signal);
      return [];
    },
    async verify({ material }, signal) {
      assertGoesOn(signal);
      assertValue(material, "verify");
    },
    async revoke(_ref, signal) {
      assertGoesOn(signal);
    },
    async close() {},
  };
}

function assertGoesOn(signal: AbortSignal): void {
  if (signal.aborted)
    throw new RotationError("aborted", { kind: "transient", message: "the call was cancelled" });
}

function assertValue({ value }: Material, what: string): void {
  if (value === undefined || value.revealBytes((bytes) => bytes.length) === 0) throw nothingThere(what);
}

function nothingThere(what: string): RotationError {
  return new RotationError("internal", {
    kind: "invariant",
    message: `a version without the part \`value\` came to ${what}`,
  });
}
