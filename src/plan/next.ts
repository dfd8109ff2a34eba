/**
 * What a run does next: a pure function of its folded state, so that going on, recovering from a crash and rolling
 * back are one and the same code. The runner carries the actions out, journals what came of them, and asks again.
 */
import type { RecordBody } from "../domain/journal-record.ts";
import type { RetryPolicy } from "../domain/policy.ts";
import type { AttemptId } from "../domain/journal-record.ts";
import type { RunState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import { nextForward } from "./next/forward.ts";
import { nextReverting } from "./next/reverting.ts";

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

/** Actions of one batch may be carried out side by side. */
export function nextActions(run: RunState, context: NextContext): readonly Action[] {
  switch (run.phase) {
    case "parked":
      if (run.parkedUntil !== null && run.parkedUntil > context.now) return [{ kind: "stop" }];
      return [{ kind: "record", body: { type: "run-resumed", run: run.run } }];
    case "forward":
      return nextForward(run, context);
    case "reverting":
      return nextReverting(run, context);
    case "pivoted":
      return [{ kind: "record", body: endOf(run, context) }];
    case "ended":
      return [{ kind: "stop" }];
  }
}

const HOLD_OFF_FIRST_MS = 3_600_000;
const HOLD_OFF_MAX_MS = 24 * 3_600_000;

/** How the run ended, secret by secret. */
export function endOf(run: RunState, context: NextContext): RecordBody {
  const outcomes = run.secrets.map((each) => {
    if (each.state === "stuck") return { secret: each.secret, outcome: "needs-operator", error: each.error, holdOffUntil: null } as const;
    if (each.state === "active" && run.pivotedAt !== null) {
      return { secret: each.secret, outcome: "rotated", error: null, holdOffUntil: null } as const;
    }
    const holdOffMs = Math.min(HOLD_OFF_FIRST_MS * 2 ** Math.min(context.failures(each.secret), 10), HOLD_OFF_MAX_MS);
    const error = each.error ?? run.error;
    return { secret: each.secret, outcome: "rolled-back", error, holdOffUntil: context.now + holdOffMs } as const;
  });
  return { type: "run-ended", run: run.run, outcomes };
}
