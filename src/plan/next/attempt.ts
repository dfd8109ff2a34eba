import { deliverSubject, isExtension, stepKey, type Direction, type StepName } from "../../domain/run.ts";
import type { AttemptsState, RunState, StepRow } from "../../domain/state.ts";
import type { RetryPolicy } from "../../domain/policy.ts";
import type { RecordedError } from "../../domain/errors.ts";
import { SECOND_MS, type Instant } from "../../domain/time.ts";
import type { SecretName } from "../../domain/version.ts";
import type { Action, NextContext } from "./action.ts";

/** Beyond an attempt's deadline, how long a call that was cut may still land. */
const LATE_MARGIN_MS = 5 * SECOND_MS;

/** Where one side of a step stands. */
export type Progress =
  | { readonly at: "done" }
  | { readonly at: "act"; readonly action: Action }
  | { readonly at: "wait"; readonly until: Instant }
  | { readonly at: "failed"; readonly error: RecordedError };

export interface Subject {
  readonly step: StepName;
  readonly subject: string;
}

export function rowOf(run: RunState, { step, subject }: Subject): StepRow | undefined {
  return run.steps[stepKey(run.run, step, subject)];
}

/** One side of a step: attempt it, wait for the next attempt, or give up. */
export function progress(
  run: RunState,
  subject: Subject,
  direction: Direction,
  secret: SecretName,
  context: NextContext,
): Progress {
  const retry = context.retry(secret);
  const side = rowOf(run, subject)?.[direction] ?? null;
  if (side === null) return { at: "act", action: attempt(run, subject, direction, 1) };
  if (side.result === "done") return { at: "done" };
  if (side.result === "open")
    throw new Error(`open attempt at ${subject.step}/${subject.subject} was not closed`);
  const error = side.error ?? {
    code: "internal",
    kind: "outcome-unknown",
    message: "no outcome",
    hint: null,
  };
  if (!mayRetry(error, secret, context) || side.charged >= retry.attempts) return { at: "failed", error };
  const until = retryAt(side, retry);
  if (until > context.now) return { at: "wait", until };
  return { at: "act", action: attempt(run, subject, direction, side.count + 1) };
}

/** A full application is worth another try while strays of our own are being swept from it. */
function mayRetry(error: RecordedError, secret: SecretName, context: NextContext): boolean {
  if (error.code === "too-many-credentials") return context.strays(secret) > 0;
  return error.kind === "transient" || error.kind === "outcome-unknown";
}

/** Doubling from `first` to `max`, never before the other side asked for. An attempt cut by a crash is repeated at once. */
function retryAt(side: AttemptsState, retry: RetryPolicy): Instant {
  const endedAt = side.endedAt ?? side.startedAt;
  if (side.notBeforeAt !== null) return side.notBeforeAt;
  if (side.error === null) return endedAt;
  return endedAt + Math.min(retry.firstMs * 2 ** Math.max(0, side.charged - 1), retry.maxMs);
}

export function attempt(
  run: RunState,
  { step, subject }: Subject,
  direction: Direction,
  count: number,
): Action {
  const key = stepKey(run.run, step, subject);
  return { kind: "attempt", id: { run: run.run, key, step, subject, direction, attempt: count } };
}

/** The steps that make a version and bring it to its stores, in order. One to go back to was made; version 0 is in no store. */
export function stepsOf({ goal }: RunState, secret: RunState["secrets"][number]): readonly Subject[] {
  if (secret.to === 0) return [];
  const create = { step: "create", subject: secret.secret } as const;
  return [
    ...(goal === "rollback" || isExtension(secret) ? [] : [create]),
    { step: "verify", subject: secret.secret },
    ...secret.stores.map(
      (store) => ({ step: "deliver", subject: deliverSubject(secret.secret, store) }) as const,
    ),
  ];
}

/** When a compensation may be tried: not while the call that it undoes could still land after it. */
export function undoNotBefore(row: StepRow): Instant {
  return row.step === "deliver" && row.do?.lateUntil != null ? row.do.lateUntil + LATE_MARGIN_MS : 0;
}

/** The batch for several subjects: whoever can act acts; else the earliest wait; nothing when all are settled. */
export function batch(all: readonly Progress[]): readonly Action[] {
  const actions = all.flatMap((each) => (each.at === "act" ? [each.action] : []));
  if (actions.length > 0) return actions;
  const waits = all.flatMap((each) => (each.at === "wait" ? [each.until] : []));
  return waits.length > 0 ? [{ kind: "wait", until: Math.min(...waits) }] : [];
}

/** The steps of dropped or reverted secrets that are still to be undone in this run: withdraw before revoke. */
export function undoOwed(run: RunState, context: NextContext): readonly Action[] {
  const rows = run.owed.flatMap((key) => run.steps[key] ?? []).filter((row) => row.step !== "activate");
  const pending = (row: StepRow): Progress => {
    if (undoNotBefore(row) > context.now) return { at: "done" };
    const secret = row.step === "create" ? row.subject : secretOfDelivery(run, row);
    return progress(run, row, "undo", secret, context);
  };
  const delivers = batch(rows.filter((row) => row.step === "deliver").map(pending));
  if (delivers.length > 0) return delivers;
  return batch(rows.filter((row) => row.step === "create").map(pending));
}

function secretOfDelivery(run: RunState, row: StepRow): string {
  return run.secrets.find((each) => row.subject.startsWith(`${each.secret}@`))?.secret ?? row.subject;
}
