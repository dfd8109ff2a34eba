/** A run as the journal folds it, and the entries that a worker shows. */
import type { Entry, JournalRecord } from "../../../src/domain/journal-record.ts";
import { stepKey, type Direction, type StepName } from "../../../src/domain/run.ts";
import type { AttemptsState, RunState, StepRow } from "../../../src/domain/state.ts";
import type { RecordedError } from "../../../src/domain/errors.ts";
import { MINUTE_MS } from "../../../src/domain/time.ts";
import { NOW } from "./fake-services.ts";

export const NOT_CONVERGED: RecordedError = {
  code: "not-converged",
  kind: "rejected",
  message: "sam did not converge within 10m",
  hint: "Look at `docker service ps sam`.",
};

const STORE = "docker-secret:swarm/api";
const SERVICE = "docker-service:swarm/sam";

export function attempts(more: Partial<AttemptsState> = {}): AttemptsState {
  const startedAt = NOW - 10 * MINUTE_MS;
  return {
    count: 1,
    result: "done",
    startedAt,
    endedAt: startedAt + 2000,
    error: null,
    notBeforeAt: null,
    lateUntil: null,
    deadlineAt: startedAt + MINUTE_MS,
    charged: 1,
    ...more,
  };
}

export function row(step: StepName, subject: string, more: Partial<StepRow> = {}): StepRow {
  return {
    key: stepKey("01r", step, subject),
    step,
    subject,
    do: attempts(),
    undo: null,
    output: null,
    ...more,
  };
}

export function runState(rows: readonly StepRow[], more: Partial<RunState> = {}): RunState {
  return {
    run: "01r",
    goal: "rotate",
    trigger: "manual",
    reason: "leaked",
    phase: "ended",
    startedAt: NOW - 10 * MINUTE_MS,
    endedAt: NOW - 9 * MINUTE_MS,
    waitForWindow: false,
    revokeNow: false,
    parkedUntil: null,
    pivotedAt: null,
    secrets: [
      {
        secret: "api",
        from: 3,
        to: 4,
        reason: "requested",
        stores: [STORE],
        after: [],
        state: "active",
        error: null,
        marker: null,
      },
    ],
    consumers: [{ id: SERVICE, secrets: ["api"], restarts: 1 }],
    baselines: null,
    steps: Object.fromEntries(rows.map((each) => [each.key, each])),
    error: null,
    outcomes: [{ secret: "api", outcome: "rotated", error: null }],
    open: [],
    owed: [],
    ...more,
  };
}

/** Entries of a run that ends well, or that is undone because its service does not converge. */
export function entriesOf(ending: "rotated" | "rolled-back"): readonly Entry[] {
  const records: JournalRecord[] = [];
  const add = (record: Omit<JournalRecord, "at">) =>
    void records.push({ ...record, at: NOW + records.length * 500 } as JournalRecord);
  const attempt = (
    step: StepName,
    subject: string,
    error: RecordedError | null = null,
    direction: Direction = "do",
  ) => {
    const id = { run: "01r", key: stepKey("01r", step, subject), step, subject, direction, attempt: 1 };
    add({ type: "intent", ...id, marker: null, deadlineAt: NOW } as Omit<JournalRecord, "at">);
    add({
      type: "outcome",
      ...id,
      result: error === null ? "done" : "failed",
      error,
      notBeforeAt: null,
      output: null,
    } as Omit<JournalRecord, "at">);
  };
  const { secrets, consumers, trigger, reason } = runState([]);
  add({
    type: "run-started",
    run: "01r",
    goal: "rotate",
    trigger,
    reason,
    actor: null,
    secrets,
    consumers,
    waitForWindow: false,
    windowIgnored: null,
    revokeNow: false,
  } as Omit<JournalRecord, "at">);
  attempt("create", "api");
  attempt("verify", "api");
  attempt("deliver", `api@${STORE}`);
  attempt("activate", SERVICE);
  if (ending === "rotated") attempt("confirm", SERVICE);
  else {
    attempt("confirm", SERVICE, NOT_CONVERGED);
    add({ type: "run-reverting", run: "01r", error: NOT_CONVERGED } as Omit<JournalRecord, "at">);
    attempt("activate", SERVICE, null, "undo");
  }
  add({ type: "run-ended", run: "01r", outcomes: [] } as Omit<JournalRecord, "at">);
  return records.map((record, index) => ({ seq: index + 1, epoch: 1, record, seals: [], hash: "" }));
}
