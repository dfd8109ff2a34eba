import type { TableReader } from "../domain/ports.ts";

/** The journal as the daemon sees it: read between beats, never kept open. */
export interface JournalView {
  /** Another text whenever the journal was written; costs next to nothing. */
  stamp(): string;
  /** Throws `journal-unavailable` and its like. */
  read<T>(look: (tables: TableReader) => T): T;
}
