import type { SecretPolicy } from "../domain/policy.ts";
import type { DueReason } from "../domain/run.ts";
import type { SecretState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import { addedStores } from "./added-stores.ts";
import { dueAt } from "./due.ts";

export type Decision =
  | { readonly due: true; readonly reason: DueReason; readonly dueAt: Instant }
  /** `next` is null when the secret will never be due by itself. */
  | { readonly due: false; readonly next: Instant | null };

/**
 * Whether a secret is due now. A secret without a journaled version is unmanaged and never due. One that was rolled back
 * gets no new version, but a target that is added gets the one it has. `offeredSince`: since when a version that others made
 * waits to be taken.
 */
export function decide(
  secret: SecretState | undefined,
  of: SecretPolicy,
  now: Instant,
  offeredSince: Instant | null = null,
): Decision {
  const current = secret?.current == null ? undefined : secret.versions[String(secret.current)];
  if (secret === undefined || current === undefined) return { due: false, next: null };
  const due = secret.held ? null : earliest(dueAt(current, of), offeredSince);
  const rotates = due !== null && due.at <= now;
  if (!rotates && !isToBeExtended(secret, of)) return { due: false, next: due?.at ?? null };
  if (secret.holdOffUntil !== null && secret.holdOffUntil > now)
    return { due: false, next: secret.holdOffUntil };
  if (rotates) return { due: true, reason: due.reason, dueAt: due.at };
  return { due: true, reason: "target-added", dueAt: current.promotedAt ?? current.createdAt };
}

type Due = ReturnType<typeof dueAt>;

/** Another version is there to be taken, whatever the age of this one. */
function earliest(due: Due, offeredSince: Instant | null): Due {
  return offeredSince === null ? due : { at: offeredSince, reason: "renewed" };
}

/** What is in a run, or waits for an operator, is looked at again when that is over. */
function isToBeExtended(secret: SecretState, of: SecretPolicy): boolean {
  const isIdle = secret.openRun === null && secret.needsOperator === null;
  return isIdle && addedStores(secret, of).length > 0;
}
