import type { Entry } from "../domain/journal-record.ts";

export type DaemonLevel = "debug" | "info" | "warn" | "error";

export type DaemonEvent =
  | "started"
  | "ready"
  | "config-loaded"
  | "config-refused"
  | "config-warning"
  | "work-failed"
  | "work-refused"
  | "clock-leapt"
  | "beat-failed"
  | "overdue"
  | "worker-started"
  | "worker-ended"
  | "worker-killed"
  | "socket-failed"
  | "stopping"
  | "stopped";

/** All that a line of the daemon's own can hold. */
export interface DaemonFields {
  readonly pid?: number;
  readonly reason?: string;
  readonly code?: string;
  readonly hint?: string;
  readonly secret?: string;
  readonly file?: string;
  readonly secrets?: number;
  readonly ms?: number;
}

export interface DaemonLog {
  write(level: DaemonLevel, event: DaemonEvent, fields?: DaemonFields): void;
  /** What a worker journaled. */
  entry(entry: Entry): void;
}
