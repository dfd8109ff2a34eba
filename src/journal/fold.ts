import type { Entry } from "../domain/journal-record.ts";
import type { Tables } from "../domain/state.ts";

/** Where folded rows are kept. `put` replaces the whole row. */
export interface TableWriter {
  get<T extends keyof Tables>(table: T, key: string): Tables[T] | undefined;
  put<T extends keyof Tables>(table: T, key: string, row: Tables[T]): void;
  delete<T extends keyof Tables>(table: T, key: string): void;
}

/** Applies one entry to the rows. Pure but for `rows`; the same entries always give the same rows. */
export function fold(rows: TableWriter, entry: Entry): void {
  void rows;
  void entry;
}
