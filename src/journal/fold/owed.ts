import type { StepKey } from "../../domain/run.ts";
import type { RunSecretState, RunState, StepRow } from "../../domain/state.ts";

/**
 * Compensations that a run still has to make. Consumers come first: nothing may be withdrawn or revoked while one
 * of them could still be using it. What belongs to a secret that waits for an operator is not owed by anyone.
 */
export function owedKeys(run: RunState): readonly StepKey[] {
  const failed = run.pivotedAt === null && (run.phase === "reverting" || run.phase === "ended");
  const rows = Object.values(run.steps);
  const reverts = failed
    ? rows.filter((row) => row.step === "activate" && row.undo?.result !== "done" && isRunsToRevert(run, row))
    : [];
  // A rollback makes nothing: whatever becomes of it, both of its versions were there before.
  const makers = run.goal === "rollback" ? [] : run.secrets;
  const leaving = makers.filter(
    (each) => each.state === "dropped" || (failed && reverts.length === 0 && each.state === "active"),
  );
  return [...reverts, ...leaving.flatMap((secret) => rows.filter((row) => leavesTrace(row, secret)))].map(
    (row) => row.key,
  );
}

/** A consumer goes back while a secret of its is active in the run, and none of them waits for an operator. */
function isRunsToRevert(run: RunState, row: StepRow): boolean {
  const items = run.baselines?.find((each) => each.consumer === row.subject)?.items ?? [];
  const states = items.map((item) => run.secrets.find((each) => each.secret === item.secret)?.state);
  return states.includes("active") && !states.includes("stuck");
}

function leavesTrace(row: StepRow, secret: RunSecretState): boolean {
  if (row.undo?.result === "done" || row.do === null) return false;
  if (row.step === "create") return row.subject === secret.secret && row.output !== null;
  if (row.step !== "deliver") return false;
  const mayBeThere = row.do.result !== "failed" || row.do.lateUntil !== null;
  return mayBeThere && row.subject.startsWith(`${secret.secret}@`);
}
