/** Records as a run of one secret writes them, for tests that need a journal with something in it. */
import type { JournalRecord } from "../src/domain/journal-record.ts";
import { SecretValue } from "../src/domain/material.ts";
import type { SealOrder } from "../src/domain/ports.ts";
import { stepKey } from "../src/domain/run.ts";
import type { Direction, StepName } from "../src/domain/run.ts";
import { formatMarker } from "../src/domain/version.ts";

export const SECRET = "azure_secret";
const FIRST_AT = Date.UTC(2026, 0, 1);

/** What is appended at once. */
export interface Append {
  readonly record: JournalRecord;
  readonly seal: readonly SealOrder[];
}

/** A run from its start to the erasing of what it sealed; `number` tells runs apart and gives the version. */
export function runRecords(number: number, value: string, secret = SECRET): readonly Append[] {
  const run = runId(number);
  const at = FIRST_AT + number * 1_000;
  const credential = { id: `key-${number}`, marker: formatMarker(secret, run, 1) };
  const records: readonly JournalRecord[] = [
    startRecord(number, secret),
    intentRecord(number, "create", "do", secret),
    outcomeRecord(number, "create", secret, { step: "create", credential, createdAt: at, notAfter: null }),
    { type: "pivoted", at, run, versions: [{ secret, version: number, evidence: "probed", retireAt: null }] },
    {
      type: "run-ended",
      at,
      run,
      outcomes: [{ secret, outcome: "rotated", error: null, holdOffUntil: null }],
    },
    { type: "erased", at, secret, version: number },
  ];
  return records.map((record) => ({
    record,
    seal: record.type === "outcome" ? [sealOrder(number, value, secret)] : [],
  }));
}

export function runId(number: number): string {
  return `r${String(number).padStart(6, "0")}`;
}

export function startRecord(number: number, secret = SECRET): JournalRecord {
  return {
    type: "run-started",
    at: FIRST_AT + number * 1_000,
    run: runId(number),
    goal: "rotate",
    trigger: "manual",
    reason: 'a "quoted" reason,\n\u2028 \ud800 and é',
    actor: null,
    secrets: [{ secret, from: null, to: number, reason: "requested", stores: [], after: [] }],
    consumers: [],
    waitForWindow: false,
    windowIgnored: null,
    revokeNow: false,
  };
}

export function intentRecord(
  number: number,
  step: StepName,
  direction: Direction,
  secret = SECRET,
): JournalRecord {
  const run = runId(number);
  const at = FIRST_AT + number * 1_000;
  const attempt = { run, key: stepKey(run, step, secret), step, subject: secret, direction, attempt: 1 };
  return { type: "intent", at, ...attempt, marker: formatMarker(secret, run, 1), deadlineAt: at + 60_000 };
}

type Outcome = Extract<JournalRecord, { type: "outcome" }>;

export function outcomeRecord(
  number: number,
  step: StepName,
  secret: string,
  output: Outcome["output"],
): JournalRecord {
  const run = runId(number);
  const attempt = {
    run,
    key: stepKey(run, step, secret),
    step,
    subject: secret,
    direction: "do",
    attempt: 1,
  } as const;
  const at = FIRST_AT + number * 1_000;
  return { type: "outcome", at, ...attempt, result: "done", error: null, notBeforeAt: null, output };
}

export function sealOrder(version: number, value: string, secret = SECRET, row = "material"): SealOrder {
  return { secret, version, row, material: { value: SecretValue.fromText(value) } };
}
