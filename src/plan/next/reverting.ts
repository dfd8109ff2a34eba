import type { RecordedError } from "../../domain/errors.ts";
import type { RunState, StepRow } from "../../domain/state.ts";
import type { Action, NextContext } from "./action.ts";
import { batch, progress, undoOwed } from "./attempt.ts";
import { endOfRun } from "./end-of-run.ts";

/**
 * Before the pivot, backwards: every consumer that may have been touched returns to its baseline, last one first;
 * only then are copies withdrawn and versions revoked. What cannot be reverted waits for an operator, alive on both sides.
 */
export function nextReverting(run: RunState, context: NextContext): readonly Action[] {
  const reverts = revertsOwed(run).map((row) => ({ row, state: revertProgress(run, row, context) }));
  const next = reverts.find(({ state }) => state.at === "act" || state.at === "wait");
  if (next !== undefined) return batch([next.state]);
  const failed = reverts.flatMap(({ row, state }) =>
    state.at === "failed" ? [{ row, error: state.error }] : [],
  );
  if (failed.length > 0) return [{ kind: "record", body: needsOperator(run, failed) }];
  const undo = undoOwed(run, context);
  if (undo.length > 0) return undo;
  return [{ kind: "record", body: endOfRun(run, context) }];
}

function revertsOwed(run: RunState): readonly StepRow[] {
  return run.owed
    .flatMap((key) => run.steps[key] ?? [])
    .filter((row) => row.step === "activate")
    .toReversed();
}

function revertProgress(run: RunState, row: StepRow, context: NextContext): ReturnType<typeof progress> {
  const secret = secretsAt(run, row.subject)[0] ?? "";
  return progress(run, row, "undo", secret, context);
}

function secretsAt(run: RunState, consumer: string): readonly string[] {
  const items = run.baselines?.find((each) => each.consumer === consumer)?.items ?? [];
  return items.map((item) => item.secret);
}

function needsOperator(
  run: RunState,
  failed: readonly { row: StepRow; error: RecordedError }[],
): (Action & { kind: "record" })["body"] {
  const secrets = [...new Set(failed.flatMap(({ row }) => secretsAt(run, row.subject)))];
  const errors = [...(run.error === null ? [] : [run.error]), ...failed.map(({ error }) => error)];
  return { type: "needs-operator", run: run.run, secrets, errors };
}
