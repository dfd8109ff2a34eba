import { DatabaseSync } from "node:sqlite";
import type { Entry, JournalRecord } from "../domain/journal-record.ts";
import type { TableReader } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import { parseEntry, readNewest, readPage, verifyChain } from "./chain.ts";
import type { ChainHead } from "./chain.ts";
import { openDatabaseReadOnly } from "./database.ts";
import { foldEntries } from "./fold-again.ts";
import { writeFoldVersion } from "./fold-version.ts";
import { formatReader, isCurrent, refuseNewer } from "./format.ts";
import { journalError } from "./journal-error.ts";
import { readPolicyProjection } from "./policy-projection.ts";
import type { PolicyProjection } from "./policy-projection.ts";
import { SCHEMA } from "./schema.ts";
import { SqliteTables } from "./sqlite-tables.ts";

/** Reads a journal beside whoever writes it. Every call sees the newest committed state. */
export interface JournalReader {
  readonly tables: TableReader;
  read(from?: number): AsyncIterable<Entry>;
  newest(type: JournalRecord["type"]): Iterable<Entry>;
  /** Runs, newest first; those of one secret when it is named. */
  history(secret?: SecretName, limit?: number): readonly RunState[];
  run(id: RunId): RunState | undefined;
  policies<T>(): PolicyProjection<T> | null;
  /** Throws `journal-corrupt` when an entry or a sealed row is not as it was written; gives the newest entry's place. */
  verifyChain(): ChainHead;
  close(): void;
}

/**
 * A journal that is not there yet reads as an empty one. One whose rows an older keyturn folded is folded in memory, until
 * a writer has brought it up to date; when a newer keyturn does so, the next call throws `journal-newer`.
 */
export function openJournalReadOnly(dir: string): JournalReader {
  const db = openDatabaseReadOnly(dir) ?? emptyDatabase();
  const opened = { db, tables: new SqliteTables(db) };
  const folded = new FoldedInMemory(db);
  const format = formatReader(db);
  const reader = readerOf(() => {
    const found = format();
    refuseNewer(found);
    return isCurrent(found) ? opened : folded.current();
  });
  return {
    ...reader,
    policies: <T>() => (isCurrent(format()) ? reader.policies<T>() : null),
    close: () => db.close(),
  };
}

/** Today's rows of a journal whose own are yesterday's. */
class FoldedInMemory {
  readonly #db: DatabaseSync;
  #tables: SqliteTables | null = null;
  #next = 1;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The older keyturn may still be writing: what has come since is folded, too. */
  current(): OpenJournal {
    this.#tables ??= new SqliteTables(emptyDatabase());
    this.#next = foldEntries(this.#db, this.#next, this.#tables);
    return { db: this.#db, tables: this.#tables };
  }
}

const NO_LIMIT = -1;

/** An open journal file and its folded rows. */
export interface OpenJournal {
  readonly db: DatabaseSync;
  readonly tables: SqliteTables;
}

/** `opened` is asked at every call: a writer may have had to open its file anew. */
export function readerOf(opened: () => OpenJournal): Omit<JournalReader, "close"> {
  const reading = <T>(read: (journal: OpenJournal) => T): T => {
    try {
      return read(opened());
    } catch (thrown) {
      throw journalError(thrown, "read the journal");
    }
  };
  return {
    tables: {
      get: (table, key) => reading(({ tables }) => tables.get(table, key)),
      all: (table) => reading(({ tables }) => tables.all(table)),
      openRuns: () => reading(({ tables }) => tables.openRuns()),
      sweepsOf: (secret) => reading(({ tables }) => tables.sweepsOf(secret)),
    },
    async *read(from = 1) {
      for (let next = from; ;) {
        const page = reading(({ db }) => readPage(db, next));
        const last = page.at(-1);
        if (last === undefined) return;
        for (const row of page) yield parseEntry(row);
        next = last.seq + 1;
      }
    },
    *newest(type) {
      for (let before = Number.MAX_SAFE_INTEGER; ;) {
        const row = reading(({ db }) => readNewest(db, type, before));
        if (row === undefined) return;
        yield parseEntry(row);
        before = row.seq;
      }
    },
    history: (secret, limit) => reading(({ tables }) => tables.history(secret ?? null, limit ?? NO_LIMIT)),
    run: (id) => reading(({ tables }) => tables.get("run", id)),
    policies: <T>() => reading(({ db }) => readPolicyProjection<T>(db)),
    verifyChain: () => reading(({ db }) => verifyChain(db)),
  };
}

function emptyDatabase(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  db.exec(SCHEMA);
  writeFoldVersion(db);
  return db;
}
