import type { JournalRecord } from "../../domain/journal-record.ts";
import type { LockdownState, LockdownStepState } from "../../domain/state.ts";
import type { TableWriter } from "../fold.ts";

type Of<T extends JournalRecord["type"]> = JournalRecord & { type: T };
type LockdownRecord = Of<
  | "lockdown-started"
  | "lockdown-intent"
  | "lockdown-outcome"
  | "lockdown-settled"
  | "lockdown-lifting"
  | "lockdown-lifted"
>;

export function foldLockdown(rows: TableWriter, record: LockdownRecord): void {
  if (record.type === "lockdown-started") return foldStarted(rows, record);
  const row = rows.get("lockdown", record.lockdown);
  if (row === undefined) return;
  const put = (change: Partial<LockdownState>): void =>
    rows.put("lockdown", record.lockdown, { ...row, ...change });
  switch (record.type) {
    case "lockdown-intent":
    case "lockdown-outcome":
      return put({ steps: { ...row.steps, [`${record.phase}/${record.subject}`]: stepOf(row, record) } });
    case "lockdown-settled":
      return put({ outcome: record.outcome });
    case "lockdown-lifting":
      return put({ phase: "lifting", liftReason: record.reason, liftActor: record.actor });
    case "lockdown-lifted":
      return put({ phase: "lifted", liftedAt: record.at });
  }
}

function foldStarted(rows: TableWriter, record: Of<"lockdown-started">): void {
  const { lockdown, scope, reason, actor, secrets, at } = record;
  const before = rows.get("lockdown", lockdown);
  if (before !== undefined) {
    return rows.put("lockdown", lockdown, { ...before, phase: "locked", outcome: null, secrets });
  }
  rows.put("lockdown", lockdown, {
    lockdown,
    scope,
    phase: "locked",
    since: at,
    reason,
    actor,
    secrets,
    steps: {},
    outcome: null,
    runs: [],
    liftReason: null,
    liftActor: null,
    liftedAt: null,
  });
}

function stepOf(
  row: LockdownState,
  record: Of<"lockdown-intent"> | Of<"lockdown-outcome">,
): LockdownStepState {
  const { phase, subject, attempt } = record;
  const before = row.steps[`${phase}/${subject}`];
  const known = { phase, subject, attempts: attempt };
  if (record.type === "lockdown-intent") {
    const { facts = null } = before ?? {};
    return { ...known, result: "open", startedAt: record.at, endedAt: null, error: null, facts };
  }
  const { result, startedAt, endedAt, error, facts } = record;
  return { ...known, result, startedAt, endedAt, error, facts };
}

/** A run that a lockdown began. */
export function foldRunOfLockdown(rows: TableWriter, { run, lockdown }: Of<"run-started">): void {
  const row = lockdown === undefined ? undefined : rows.get("lockdown", lockdown);
  if (row === undefined) return;
  rows.put("lockdown", row.lockdown, { ...row, runs: [...row.runs, run] });
}
