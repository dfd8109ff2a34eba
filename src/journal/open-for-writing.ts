import { openDatabase } from "./database.ts";
import { journalError } from "./journal-error.ts";
import type { OpenJournal } from "./journal-reader.ts";
import { openSealKey } from "./seal-change.ts";
import type { SealKey } from "./seal-key.ts";
import { SealedRows } from "./sealed-rows.ts";
import { SqliteTables } from "./sqlite-tables.ts";

export interface OpenForWriting extends OpenJournal {
  readonly sealed: SealedRows;
  /** What everything is sealed with; while the key is being changed, not the one that was given. */
  readonly sealKey: SealKey | null;
}

export function openForWriting(dir: string, given: SealKey | null): OpenForWriting {
  const db = openDatabase(dir);
  try {
    const sealKey = given === null ? null : openSealKey(db, given);
    return { db, sealKey, tables: new SqliteTables(db), sealed: new SealedRows(db, sealKey) };
  } catch (thrown) {
    db.close();
    throw journalError(thrown, "open the journal");
  }
}
