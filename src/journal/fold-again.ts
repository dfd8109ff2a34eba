/** Folds many entries at once: rows change in memory and are written once for many changes. */
import type { DatabaseSync } from "node:sqlite";
import type { Tables } from "../domain/state.ts";
import { readEntries } from "./chain.ts";
import { fold } from "./fold.ts";
import type { TableWriter } from "./fold.ts";

/** As many rows as are kept in memory: those of the runs under way, and of their secrets, are among them. */
const MOST_ROWS = 512;

/** Folds the entries of `db` from `from` on into `tables`, and gives the place of the next one. */
export function foldEntries(db: DatabaseSync, from: number, tables: TableWriter): number {
  const rows = new WriteBehind(tables);
  let next = from;
  for (const entry of readEntries(db, from)) {
    fold(rows, entry);
    next = entry.seq + 1;
  }
  rows.flush();
  return next;
}

interface Pending {
  readonly table: keyof Tables;
  readonly key: string;
  /** Undefined: deleted. */
  readonly row: Tables[keyof Tables] | undefined;
}

class WriteBehind implements TableWriter {
  readonly #tables: TableWriter;
  readonly #pending = new Map<string, Pending>();

  constructor(tables: TableWriter) {
    this.#tables = tables;
  }

  get<T extends keyof Tables>(table: T, key: string): Tables[T] | undefined {
    const pending = this.#pending.get(`${table} ${key}`);
    return pending === undefined ? this.#tables.get(table, key) : (pending.row as Tables[T] | undefined);
  }

  put<T extends keyof Tables>(table: T, key: string, row: Tables[T]): void {
    this.#note({ table, key, row });
  }

  delete<T extends keyof Tables>(table: T, key: string): void {
    this.#note({ table, key, row: undefined });
  }

  flush(): void {
    for (const { table, key, row } of this.#pending.values()) {
      if (row === undefined) this.#tables.delete(table, key);
      else this.#tables.put(table, key, row);
    }
    this.#pending.clear();
  }

  #note(pending: Pending): void {
    this.#pending.set(`${pending.table} ${pending.key}`, pending);
    if (this.#pending.size > MOST_ROWS) this.flush();
  }
}
