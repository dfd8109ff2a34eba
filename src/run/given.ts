/** Values that a person gives: whether one is needed, whether it is new, and where it is kept from the start. */
import { hash, timingSafeEqual } from "node:crypto";
import { RotationError, type RecordedError } from "../domain/errors.ts";
import type { Material } from "../domain/material.ts";
import type { SealOrder } from "../domain/ports.ts";
import type { VersionState } from "../domain/state.ts";
import type { SecretName } from "../domain/version.ts";
import { valueNeeded } from "../plan/by-hand.ts";
import type { PlannedRun } from "../plan/plan.ts";
import type { Outlook, Workshop } from "./ports.ts";
import type { Given } from "./work.ts";

/** Null when the value is there for a secret that needs one, and only then. */
export function wrongValue(
  { wiring, journal, clock }: Outlook,
  secret: SecretName,
  given: Given | undefined,
): RecordedError | null {
  const byHand = wiring.byHand(secret);
  const isGiven = given?.secret === secret;
  if ((byHand !== null) === isGiven) return null;
  if (byHand !== null) return valueNeeded(secret, byHand, clock.now(), journal.tables.get("secret", secret));
  const hint = `\`keyturn rotate --now ${secret}\` makes a new value.`;
  return {
    code: "usage",
    kind: "rejected",
    message: `${secret} is not one whose value a person gives`,
    hint,
  };
}

/**
 * Why a value is no new one. What keyturn dropped may be given again: that it did not come into use may have been no
 * fault of the value.
 */
export function knownValue(
  shop: Workshop,
  secret: SecretName,
  given: Given | undefined,
): RecordedError | null {
  if (given?.secret !== secret) return null;
  const versions = Object.values(shop.journal.tables.get("secret", secret)?.versions ?? {});
  const same = versions
    .filter((each) => each.stage !== "retired" || each.promotedAt !== null)
    .find((each) => isSame(shop, secret, each, given.material));
  if (same === undefined) return null;
  return {
    code: "value-known",
    kind: "rejected",
    message: `the value that was given is that of version ${same.version} of ${secret}, which is ${same.stage}`,
    hint: "Make a new value where this one comes from; nothing was changed.",
  };
}

/** The value is in the journal before anything is done with it: a run that has begun has its value, whatever happens. */
export function givenSeals(plan: PlannedRun, given: Given | undefined): readonly SealOrder[] {
  return plan.secrets
    .filter(({ secret }) => secret === given?.secret)
    .map(({ secret, to }) => ({ secret, version: to, row: "material", material: given?.material ?? {} }));
}

function isSame(
  { journal }: Workshop,
  secret: SecretName,
  { version }: VersionState,
  given: Material,
): boolean {
  try {
    return timingSafeEqual(digest(given), digest(journal.unseal(secret, version, "material")));
  } catch (error) {
    if (error instanceof RotationError && error.code === "sealed-erased") return false;
    throw error;
  }
}

function digest({ value }: Material): Buffer {
  return value?.revealBytes((bytes) => hash("sha256", bytes, "buffer")) ?? Buffer.alloc(32);
}
