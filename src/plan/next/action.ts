import type { AttemptId, RecordBody } from "../../domain/journal-record.ts";
import type { RetryPolicy } from "../../domain/policy.ts";
import type { Instant } from "../../domain/time.ts";
import type { SecretName } from "../../domain/version.ts";

export type Action =
  | { readonly kind: "attempt"; readonly id: AttemptId }
  | { readonly kind: "take-baseline" }
  | { readonly kind: "record"; readonly body: RecordBody }
  /** Back-off within the run. */
  | { readonly kind: "wait"; readonly until: Instant }
  /** Parked or over: nothing more for this worker. */
  | { readonly kind: "stop" };

/** What of the policies, and of the rest of the state, the next action depends on. */
export interface NextContext {
  readonly now: Instant;
  retry(secret: SecretName): RetryPolicy;
  /** When activation of all of these may begin; at most `now` while every window is open. */
  windowOpensAt(secrets: readonly SecretName[]): Instant;
  overlapMs(secret: SecretName): number;
  /** Markers on the sweep list of this secret: a full application may soon have room. */
  strays(secret: SecretName): number;
  /** Failed runs of this secret before this one. */
  failures(secret: SecretName): number;
}
