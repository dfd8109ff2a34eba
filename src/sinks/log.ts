import { pino } from "pino";
import type { DestinationStream, Level } from "pino";
import type { RecordedError } from "../domain/errors.ts";
import type { Entry, JournalRecord } from "../domain/journal-record.ts";
import type { Sink } from "../domain/ports.ts";

export interface LogOptions {
  readonly level: Level | "silent";
  /** Standard error when there is none: standard output belongs to the command. */
  readonly destination?: DestinationStream;
}

/** All that a log line can hold. A field that is not here cannot be logged. */
interface LogFields {
  readonly seq: number;
  readonly type: JournalRecord["type"];
  readonly run?: string;
  readonly secret?: string;
  readonly step?: string;
  readonly subject?: string;
  readonly direction?: string;
  readonly attempt?: number;
  readonly result?: string;
  readonly code?: string;
  readonly error?: string;
  readonly hint?: string;
}

const STDERR = 2;

/** Tells in the log what the journal holds. */
export function openLogSink(options: LogOptions): Sink {
  const log = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    options.destination ?? pino.destination({ dest: STDERR, sync: true }),
  );
  return {
    kind: "log",
    gating: false,
    observe: async (entry) => {
      log[levelOf(entry.record)](fieldsOf(entry), entry.record.type);
    },
  };
}

function levelOf(record: JournalRecord): Level {
  switch (record.type) {
    case "alert":
    case "needs-operator":
      return "error";
    case "certificates-scanned":
      return record.appeared.length > 0 ? "warn" : "info";
    case "secret-dropped":
    case "run-reverting":
    case "retire-postponed":
      return "warn";
    case "outcome":
      return record.result === "done" ? "info" : "warn";
    case "intent":
    case "swept":
      return "debug";
    default:
      return "info";
  }
}

function fieldsOf({ seq, record }: Entry): LogFields {
  return {
    seq,
    type: record.type,
    ...("run" in record && record.run !== null ? { run: record.run } : {}),
    ...("secret" in record && record.secret !== null ? { secret: record.secret } : {}),
    ...attemptFields(record),
    ...errorFields(errorOf(record)),
  };
}

function attemptFields(record: JournalRecord): Partial<LogFields> {
  if (record.type !== "intent" && record.type !== "outcome") return {};
  const { step, subject, direction, attempt } = record;
  return {
    step,
    subject,
    direction,
    attempt,
    ...(record.type === "outcome" ? { result: record.result } : {}),
  };
}

function errorOf(record: JournalRecord): RecordedError | null {
  if (record.type === "needs-operator") return record.errors[0] ?? null;
  return "error" in record ? record.error : null;
}

function errorFields(error: RecordedError | null): Partial<LogFields> {
  if (error === null) return {};
  return { code: error.code, error: error.message, ...(error.hint === null ? {} : { hint: error.hint }) };
}
