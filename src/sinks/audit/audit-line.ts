import type { Entry, JournalRecord, RecordBody, RecordedSeal } from "../../domain/journal-record.ts";

type Fields<T extends RecordBody["type"]> = Extract<RecordBody, { type: T }>;

/** For every type of record, the fields that are audited: complete by its type, closed to whatever else an object has. */
type AllowList = {
  readonly [T in RecordBody["type"]]: Readonly<Record<Exclude<keyof Fields<T>, "type">, true>>;
};

const ATTEMPT = { run: true, key: true, step: true, subject: true, direction: true, attempt: true } as const;

const LOCKDOWN_STEP = { lockdown: true, phase: true, subject: true, attempt: true } as const;

const AUDITED: AllowList = {
  "run-started": {
    run: true,
    goal: true,
    trigger: true,
    reason: true,
    actor: true,
    secrets: true,
    consumers: true,
    waitForWindow: true,
    windowIgnored: true,
    revokeNow: true,
    lockdown: true,
  },
  intent: { ...ATTEMPT, marker: true, deadlineAt: true },
  outcome: { ...ATTEMPT, result: true, error: true, notBeforeAt: true, output: true },
  "secret-dropped": { run: true, secret: true, error: true },
  "run-parked": { run: true, until: true, error: true },
  "run-resumed": { run: true },
  "baseline-taken": { run: true, baselines: true },
  "run-reverting": { run: true, error: true },
  pivoted: { run: true, versions: true },
  "run-ended": { run: true, outcomes: true },
  "needs-operator": { run: true, secrets: true, errors: true },
  resolved: { run: true, secret: true, keep: true, found: true, reason: true, actor: true },
  "revoked-by-hand": { run: true, secret: true, version: true, reason: true, actor: true },
  "retire-postponed": { run: true, secret: true, until: true, error: true },
  swept: { secret: true, marker: true, found: true, counts: true },
  "sweep-ended": { secret: true, marker: true, why: true },
  adopted: { secret: true, credentials: true, refused: true, verified: true, retireAt: true },
  "foreign-seen": { secret: true, foreign: true, credentials: true },
  "rekey-started": { from: true, to: true, dataKeys: true, actor: true },
  "rekey-ended": { from: true, to: true },
  erased: { secret: true, version: true },
  "lockdown-started": { lockdown: true, scope: true, reason: true, actor: true, secrets: true },
  "lockdown-intent": LOCKDOWN_STEP,
  "lockdown-outcome": {
    ...LOCKDOWN_STEP,
    result: true,
    startedAt: true,
    endedAt: true,
    error: true,
    facts: true,
  },
  "lockdown-settled": { lockdown: true, outcome: true },
  "lockdown-lifting": { lockdown: true, reason: true, actor: true },
  "lockdown-lifted": { lockdown: true },
  "certificates-scanned": {
    scan: true,
    targets: true,
    open: true,
    appeared: true,
    cleared: true,
    untold: true,
  },
  alert: { secret: true, run: true, error: true, reminder: true },
};

/** One line of the audit log. `record` and `seals` are those the journal's hash is over, so a reader can check the chain. */
interface AuditLine {
  readonly seq: number;
  readonly hash: string;
  readonly epoch: number;
  /** ISO 8601, for people and log shippers; `record.at` is the same instant. */
  readonly at: string;
  readonly record: JournalRecord;
  readonly seals: readonly RecordedSeal[];
}

export function formatAuditLine(entry: Entry): string {
  const { seq, hash, epoch, record } = entry;
  const at = new Date(record.at).toISOString();
  const seals = entry.seals.map(({ secret, version, row, digest }) => ({ secret, version, row, digest }));
  return `${JSON.stringify({ seq, hash, epoch, at, record: audited(record), seals })}\n`;
}

/** Reads back what places a line in the chain; `null` when it is not a line of ours. */
export function parseAuditLine(text: string): { readonly seq: number; readonly hash: string } | null {
  try {
    const { seq, hash } = JSON.parse(text) as Partial<AuditLine>;
    return Number.isSafeInteger(seq) && typeof hash === "string" ? { seq: seq as number, hash } : null;
  } catch {
    return null;
  }
}

function audited(record: JournalRecord): object {
  const fields = Object.keys(AUDITED[record.type]).map((name) => [name, record[name as keyof JournalRecord]]);
  return { type: record.type, at: record.at, ...(Object.fromEntries(fields) as object) };
}
