import type { JournalRecord } from "../../domain/journal-record.ts";
import { endedWell, isExtension } from "../../domain/run.ts";
import type { RunState } from "../../domain/state.ts";
import { formatMarker } from "../../domain/version.ts";
import type { TableWriter } from "../fold.ts";
import { extendCurrent } from "./extension.ts";
import { changeSecret, changeVersion, putRun, secretRow } from "./rows.ts";

type Of<T extends JournalRecord["type"]> = JournalRecord & { type: T };
type RunRecord = Of<
  | "run-started"
  | "secret-dropped"
  | "run-parked"
  | "run-resumed"
  | "baseline-taken"
  | "run-reverting"
  | "pivoted"
  | "run-ended"
  | "needs-operator"
  | "resolved"
>;

export function foldRun(rows: TableWriter, record: RunRecord): void {
  if (record.type === "run-started") return foldStarted(rows, record);
  const run = rows.get("run", record.run);
  if (run === undefined) return;
  switch (record.type) {
    case "secret-dropped":
      return putRun(rows, {
        ...run,
        secrets: mark(run, [record.secret], { state: "dropped", error: record.error }),
      });
    case "run-parked":
      return putRun(rows, { ...run, phase: "parked", parkedUntil: record.until });
    case "run-resumed":
      return putRun(rows, { ...run, phase: "forward", parkedUntil: null });
    case "baseline-taken":
      return foldBaseline(rows, run, record);
    case "run-reverting":
      return putRun(rows, { ...run, phase: "reverting", error: record.error });
    case "pivoted":
      return foldPivot(rows, run, record);
    case "run-ended":
      return foldEnded(rows, run, record);
    case "needs-operator":
      return foldStuck(rows, run, record);
    case "resolved":
      return foldResolved(rows, run, record);
  }
}

function mark(
  run: RunState,
  secrets: readonly string[],
  change: Partial<RunState["secrets"][number]>,
): RunState["secrets"] {
  return run.secrets.map((each) => (secrets.includes(each.secret) ? { ...each, ...change } : each));
}

function foldStarted(rows: TableWriter, record: Of<"run-started">): void {
  putRun(rows, {
    run: record.run,
    goal: record.goal,
    trigger: record.trigger,
    reason: record.reason,
    phase: "forward",
    startedAt: record.at,
    endedAt: null,
    waitForWindow: record.waitForWindow,
    revokeNow: record.revokeNow,
    ...(record.lockdown === undefined ? {} : { lockdown: record.lockdown }),
    parkedUntil: null,
    pivotedAt: null,
    secrets: record.secrets.map((each) => ({
      ...each,
      state: "active",
      error: null,
      marker: record.goal === "rollback" || isExtension(each) ? markerOf(rows, each.secret, each.to) : null,
    })),
    consumers: record.consumers,
    baselines: null,
    steps: {},
    error: null,
    outcomes: [],
    open: [],
    owed: [],
  });
  for (const each of record.secrets) {
    const highest = Math.max(secretRow(rows, each.secret).highest, each.to);
    changeSecret(rows, each.secret, { openRun: record.run, highest });
  }
}

function markerOf(rows: TableWriter, secret: string, version: number): string | null {
  return secretRow(rows, secret).versions[String(version)]?.marker ?? null;
}

function foldBaseline(rows: TableWriter, run: RunState, record: Of<"baseline-taken">): void {
  putRun(rows, { ...run, baselines: record.baselines });
  for (const item of record.baselines.flatMap((each) => each.items)) {
    if (item.sealedRow !== null) changeSecret(rows, item.secret, { foreignContent: true });
  }
}

function foldPivot(rows: TableWriter, run: RunState, record: Of<"pivoted">): void {
  putRun(rows, { ...run, phase: "pivoted", pivotedAt: record.at });
  for (const each of record.versions) promote(rows, run, each, record.at);
}

function promote(
  rows: TableWriter,
  { run, goal, secrets }: Pick<RunState, "run" | "goal" | "secrets">,
  version: Of<"pivoted">["versions"][number],
  at: number,
): void {
  const { secret, version: number, evidence, retireAt } = version;
  const extended = secrets.find((each) => each.secret === secret && isExtension(each));
  if (extended !== undefined) return extendCurrent(rows, extended, evidence);
  const from = secretRow(rows, secret).current;
  if (from !== null) changeVersion(rows, secret, from, { stage: "previous" });
  // What was there before keyturn is nothing that it knows, unless it was adopted.
  const isUnknown = number === 0 && secretRow(rows, secret).versions["0"] === undefined;
  changeVersion(rows, secret, number, { stage: "current", promotedAt: at, evidence });
  changeSecret(rows, secret, {
    current: isUnknown ? null : number,
    previous: from,
    retireAt: from === null ? null : retireAt,
    retireRun: from === null ? null : run,
    retireNotBefore: null,
    retireError: null,
    failures: 0,
    holdOffUntil: null,
    pruneAfter: at,
    firstRun: goal === "rotate" && (from ?? 0) === 0 ? run : null,
    held: goal === "rollback",
  });
}

function foldEnded(rows: TableWriter, run: RunState, record: Of<"run-ended">): void {
  putRun(rows, { ...run, phase: "ended", endedAt: record.at, outcomes: record.outcomes });
  for (const each of record.outcomes) {
    if (!endedWell(each) && each.outcome === "rolled-back") buryUnborn(rows, run, each.secret);
    const { failures } = secretRow(rows, each.secret);
    changeSecret(rows, each.secret, {
      openRun: null,
      lastRun: { run: run.run, outcome: each.outcome, endedAt: record.at },
      failures: endedWell(each) ? 0 : failures + 1,
      holdOffUntil: each.holdOffUntil,
    });
  }
}

/** Material may be sealed for a version that never came to be; as a retired version it will be erased. */
function buryUnborn(rows: TableWriter, run: RunState, name: string): void {
  const part = run.secrets.find((each) => each.secret === name);
  const secret = secretRow(rows, name);
  if (part === undefined || secret.versions[String(part.to)] !== undefined) return;
  if (run.goal === "rollback") return;
  const unborn = {
    version: part.to,
    stage: "retired",
    run: run.run,
    marker: formatMarker(name, run.run, 0),
    credential: { id: "", marker: null },
    createdAt: run.startedAt,
    notAfter: null,
    promotedAt: null,
    evidence: null,
    stores: [],
    erased: false,
  } as const;
  changeSecret(rows, name, { versions: { ...secret.versions, [String(part.to)]: unborn } });
}

function foldStuck(rows: TableWriter, run: RunState, record: Of<"needs-operator">): void {
  const error = record.errors[0] ?? null;
  putRun(rows, { ...run, secrets: mark(run, record.secrets, { state: "stuck", error }) });
  for (const secret of record.secrets) {
    changeSecret(rows, secret, { needsOperator: { run: run.run, errors: record.errors } });
  }
}

/** A person ended it: the version that stays is current, the other one is revoked like any that is left over. */
function foldResolved(rows: TableWriter, run: RunState, record: Of<"resolved">): void {
  const part = run.secrets.find((each) => each.secret === record.secret);
  if (part === undefined) return;
  changeSecret(rows, record.secret, { needsOperator: null });
  if (record.found !== null) rows.delete("sweep", record.found.marker);
  if (record.keep !== part.to) {
    return putRun(rows, { ...run, secrets: mark(run, [record.secret], { state: "dropped" }) });
  }
  putRun(rows, { ...run, secrets: mark(run, [record.secret], { state: "kept" }) });
  if (record.found !== null) bear(rows, run, record, record.found);
  promote(
    rows,
    run,
    { secret: record.secret, version: part.to, evidence: null, retireAt: record.at },
    record.at,
  );
}

function bear(
  rows: TableWriter,
  run: RunState,
  record: Of<"resolved">,
  found: NonNullable<Of<"resolved">["found"]>,
): void {
  const { versions } = secretRow(rows, record.secret);
  const version = {
    version: record.keep,
    stage: "pending",
    run: run.run,
    marker: found.marker,
    credential: found.credential,
    createdAt: run.startedAt,
    notAfter: null,
    promotedAt: null,
    evidence: null,
    stores: [],
    erased: true,
  } as const;
  changeSecret(rows, record.secret, { versions: { ...versions, [String(record.keep)]: version } });
}
