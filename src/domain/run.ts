import type { ConsumerId, StoreId } from "./ports.ts";
import type { RunId, SecretName } from "./version.ts";

/** Steps of a run, in order. */
export type StepName = "create" | "verify" | "deliver" | "activate" | "confirm" | "retire" | "prune";

/** `run/step/subject`. */
export type StepKey = `${string}/${StepName}/${string}`;

/** `do` is the step's effect; `undo` its compensation (revoke, withdraw, revert). */
export type Direction = "do" | "undo";

export type StepState = "pending" | "running" | "done" | "failed" | "undone" | "unknown" | "parked";

/** How a run ended for one secret. */
export type SecretOutcome =
  "rotated" | "delivered" | "rolled-back" | "needs-operator" | "resolved" | "refused" | "parked";

/**
 * Where a run leads: to new versions, or back to the previous one (or to version 0) of a secret whose current version
 * turned out to be bad.
 */
export type Goal = "rotate" | "rollback";

/**
 * Why a secret is part of a run. `renewed`: others made a new version. `target-added`: a target has not got the current
 * version, and no new one is made.
 */
export type DueReason = "requested" | "age" | "expiry" | "schedule" | "renewed" | "target-added";

export type Trigger = "manual" | "schedule";

/** Whether a run came where it was to go: a rollback that succeeds ends `rolled-back` too, but with nothing to complain of. */
export function endedWell({
  outcome,
  error,
}: {
  readonly outcome: SecretOutcome;
  readonly error: object | null;
}): boolean {
  return outcome === "rotated" || outcome === "delivered" || (outcome === "rolled-back" && error === null);
}

export function stepKey(run: RunId, step: StepName, subject: string): StepKey {
  return `${run}/${step}/${subject}`;
}

export function deliverSubject(secret: SecretName, store: StoreId): string {
  return `${secret}@${store}`;
}

/** The consumer, store or secret that a step is about: what stands after the second slash of its key. */
export function subjectOf(key: StepKey): string {
  return key.slice(key.indexOf("/", key.indexOf("/") + 1) + 1);
}

/** A secret as a run starts with it. */
export interface RunSecret {
  readonly secret: SecretName;
  /** The current version when the run began; null for a first rotation. */
  readonly from: number | null;
  /** A new number; in a rollback the previous version's, or 0 for what was there before keyturn; in an extension `from`. */
  readonly to: number;
  readonly reason: DueReason;
  /** Where the run delivers; only those who read from these are switched. */
  readonly stores: readonly StoreId[];
  /** Secrets of this run that must be activated before this one. */
  readonly after: readonly SecretName[];
}

/** Whether the secret keeps its current version, which is delivered to targets that were added since it was made. */
export function isExtension({ from, to }: Pick<RunSecret, "from" | "to">): boolean {
  return from === to;
}

/** What the plan expects of a consumer; what is there at activation time is what counts. */
export interface RunConsumer {
  readonly id: ConsumerId;
  readonly secrets: readonly SecretName[];
  readonly restarts: number;
  /** Not there where the consumer has none, nor in records of before they were kept. */
  readonly tasks?: number;
}
