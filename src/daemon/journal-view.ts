import type { Entry, JournalRecord } from "../domain/journal-record.ts";
import type { TableReader } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";

export interface JournalLook {
  readonly tables: TableReader;
  /** Newest first; those of one secret when it is named. */
  history(secret?: string, limit?: number): readonly RunState[];
  run(id: string): RunState | undefined;
  /** Entries of one kind, newest first. */
  newest(type: JournalRecord["type"]): Iterable<Entry>;
}

/** The journal as the daemon sees it: read between beats, never kept open. */
export interface JournalView {
  /** Another text whenever the journal was written; costs next to nothing. */
  stamp(): string;
  /** Throws `journal-unavailable` and its like. */
  read<T>(look: (journal: JournalLook) => T): T;
}
