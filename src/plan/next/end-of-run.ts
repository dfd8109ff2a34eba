import type { RecordBody } from "../../domain/journal-record.ts";
import { isExtension } from "../../domain/run.ts";
import type { RunState } from "../../domain/state.ts";
import type { NextContext } from "./action.ts";

const HOLD_OFF_FIRST_MS = 3_600_000;
const HOLD_OFF_MAX_MS = 24 * 3_600_000;

/** How the run ended, secret by secret. */
export function endOfRun(run: RunState, context: NextContext): RecordBody {
  const outcomes = run.secrets.map((each) => {
    if (each.state === "stuck")
      return {
        secret: each.secret,
        outcome: "needs-operator",
        error: each.error,
        holdOffUntil: null,
      } as const;
    if (each.state === "active" && run.pivotedAt !== null) {
      const moved = run.goal === "rollback" ? "rolled-back" : "rotated";
      const outcome = isExtension(each) ? "delivered" : moved;
      return { secret: each.secret, outcome, error: null, holdOffUntil: null } as const;
    }
    const holdOffMs = Math.min(
      HOLD_OFF_FIRST_MS * 2 ** Math.min(context.failures(each.secret), 10),
      HOLD_OFF_MAX_MS,
    );
    const error = each.error ?? run.error;
    return {
      secret: each.secret,
      outcome: "rolled-back",
      error,
      holdOffUntil: context.now + holdOffMs,
    } as const;
  });
  return { type: "run-ended", run: run.run, outcomes };
}
