import type { SecretPolicy } from "../domain/policy.ts";
import type { DueReason } from "../domain/run.ts";
import type { SecretState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import { dueAt } from "./due.ts";

export type Decision =
  | { readonly due: true; readonly reason: DueReason; readonly dueAt: Instant }
  /** `next` is null when the secret will never be due by itself. */
  | { readonly due: false; readonly next: Instant | null };

/** Whether a secret is due now. A secret without a journaled version is unmanaged and never due, nor is one that was rolled back. */
export function decide(secret: SecretState | undefined, of: SecretPolicy, now: Instant): Decision {
  const current = secret?.current == null ? undefined : secret.versions[String(secret.current)];
  if (secret === undefined || current === undefined) return { due: false, next: null };
  if (secret.held) return { due: false, next: null };
  const due = dueAt(current, of);
  if (due === null) return { due: false, next: null };
  if (due.at > now) return { due: false, next: due.at };
  if (secret.holdOffUntil !== null && secret.holdOffUntil > now)
    return { due: false, next: secret.holdOffUntil };
  return { due: true, reason: due.reason, dueAt: due.at };
}
