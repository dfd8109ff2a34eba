import { afterRevoking } from "../../domain/adoption.ts";
import type { JournalRecord } from "../../domain/journal-record.ts";
import { isExtension, subjectOf } from "../../domain/run.ts";
import type { AttemptsState, RunState, StepRow } from "../../domain/state.ts";
import { DAY_MS, HOUR_MS } from "../../domain/time.ts";
import { formatMarker } from "../../domain/version.ts";
import type { TableWriter } from "../fold.ts";
import { changeSecret, changeVersion, putRun, putStep, secretRow } from "./rows.ts";
import { listForSweep } from "./sweeps.ts";

type Intent = JournalRecord & { type: "intent" };
type Outcome = JournalRecord & { type: "outcome" };

export function foldAttempt(rows: TableWriter, record: Intent | Outcome): void {
  const run = rows.get("run", record.run);
  if (run === undefined) return;
  if (record.type === "intent") return foldIntent(rows, run, record);
  foldOutcome(rows, run, record);
}

function foldIntent(rows: TableWriter, run: RunState, record: Intent): void {
  const { key, step, subject, direction, attempt } = record;
  const row: StepRow = run.steps[key] ?? { key, step, subject, do: null, undo: null, output: null };
  const before = row[direction];
  const side: AttemptsState = {
    count: attempt,
    result: "open",
    startedAt: before?.startedAt ?? record.at,
    endedAt: null,
    error: null,
    notBeforeAt: null,
    lateUntil: before?.lateUntil ?? null,
    deadlineAt: record.deadlineAt,
    charged: before?.charged ?? 0,
  };
  const open = [...run.open, { run: run.run, key, step, subject, direction, attempt }];
  putRun(rows, putStep({ ...run, open }, { ...row, [direction]: side }));
}

function foldOutcome(rows: TableWriter, run: RunState, record: Outcome): void {
  const row = run.steps[record.key];
  const before = row?.[record.direction];
  if (row === undefined || before === undefined || before === null) return;
  const side: AttemptsState = {
    ...before,
    result: record.result,
    endedAt: record.at,
    error: record.error,
    notBeforeAt: record.notBeforeAt,
    lateUntil:
      record.result === "unknown" ? Math.max(before.lateUntil ?? 0, before.deadlineAt) : before.lateUntil,
    charged: before.charged + (record.error?.code === "not-settled" ? 0 : 1),
  };
  const open = run.open.filter((each) => each.key !== record.key || each.direction !== record.direction);
  const output = record.output ?? row.output;
  const next = putStep({ ...run, open }, { ...row, [record.direction]: side, output });
  putRun(rows, withMarker(next, record));
  foldEffect(rows, next, record);
}

function withMarker(run: RunState, record: Outcome): RunState {
  if (record.step !== "create" || record.direction !== "do" || record.result !== "done") return run;
  const marker = formatMarker(record.subject, record.run, record.attempt);
  return {
    ...run,
    secrets: run.secrets.map((each) => (each.secret === record.subject ? { ...each, marker } : each)),
  };
}

/** What an outcome means beyond its step. */
function foldEffect(rows: TableWriter, run: RunState, record: Outcome): void {
  if (record.step === "create" && record.result === "unknown" && record.direction === "do") {
    return sweepAttempt(rows, run, record);
  }
  if (record.result !== "done") return;
  const effect = `${record.direction} ${record.step}`;
  if (effect === "do create") return foldCreated(rows, run, record);
  if (effect === "undo create") return foldRevoked(rows, run, record);
  if (effect === "do deliver") return foldDelivered(rows, run, record);
  if (effect === "do retire") return foldRetired(rows, record);
  if (effect === "do prune") foldPruned(rows, record);
}

function sweepAttempt(rows: TableWriter, run: RunState, record: Outcome): void {
  const planned = run.secrets.find((each) => each.secret === record.subject);
  const marker = formatMarker(record.subject, run.run, record.attempt);
  listForSweep(rows, {
    marker,
    secret: record.subject,
    run: run.run,
    version: planned?.to ?? 0,
    since: record.at,
  });
}

function foldCreated(rows: TableWriter, run: RunState, record: Outcome): void {
  const planned = run.secrets.find((each) => each.secret === record.subject);
  if (planned === undefined || record.output?.step !== "create") return;
  const secret = secretRow(rows, record.subject);
  const version = {
    version: planned.to,
    stage: "pending",
    run: run.run,
    marker: formatMarker(record.subject, run.run, record.attempt),
    credential: record.output.credential,
    createdAt: record.output.createdAt,
    notAfter: record.output.notAfter,
    promotedAt: null,
    evidence: null,
    stores: [],
    erased: false,
  } as const;
  changeSecret(rows, record.subject, { versions: { ...secret.versions, [String(planned.to)]: version } });
}

/** The far side may say "gone" of a credential that it does not see yet, so the marker is looked for again. */
function foldRevoked(rows: TableWriter, run: RunState, record: Outcome): void {
  const planned = run.secrets.find((each) => each.secret === record.subject);
  if (planned?.marker == null) return;
  changeVersion(rows, record.subject, planned.to, { stage: "retired" });
  listForSweep(rows, {
    marker: planned.marker,
    secret: record.subject,
    run: run.run,
    version: planned.to,
    since: record.at,
  });
}

function foldDelivered(rows: TableWriter, run: RunState, record: Outcome): void {
  const planned = run.secrets.find((each) => record.subject.startsWith(`${each.secret}@`));
  // A current version counts as delivered once those who read it there have confirmed it.
  if (planned === undefined || isExtension(planned)) return;
  const store = subjectOf(record.key).slice(planned.secret.length + 1);
  const stores = secretRow(rows, planned.secret).versions[String(planned.to)]?.stores ?? [];
  if (!stores.includes(store))
    changeVersion(rows, planned.secret, planned.to, { stores: [...stores, store] });
}

function foldRetired(rows: TableWriter, record: Outcome): void {
  const secret = secretRow(rows, record.subject);
  const version = secret.previous === null ? undefined : secret.versions[String(secret.previous)];
  if (version !== undefined) {
    changeVersion(rows, record.subject, version.version, { stage: "retired" });
    // A revoke is believed at once only of a credential that every replica of the far side must know by now.
    if (version.version !== 0 && record.at - version.createdAt < HOUR_MS) {
      const { marker, run } = version;
      listForSweep(rows, { marker, secret: record.subject, run, version: version.version, since: record.at });
    }
  }
  changeSecret(rows, record.subject, {
    ...(version?.version === 0 ? afterRevoking(secret, record.at) : {}),
    previous: null,
    retireAt: null,
    retireRun: null,
    retireNotBefore: null,
    retireError: null,
    pruneAfter: record.at,
  });
}

function foldPruned(rows: TableWriter, record: Outcome): void {
  const left = record.output?.step === "prune" ? record.output.left : 0;
  changeSecret(rows, record.subject, { pruneAfter: left > 0 ? record.at + DAY_MS : null });
}
