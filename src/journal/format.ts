/** Which keyturn a journal is of: the version of its tables, and that of what its rows were folded with. */
import type { DatabaseSync } from "node:sqlite";
import { RotationError } from "../domain/errors.ts";
import { FOLD_VERSION, readFoldVersion } from "./fold-version.ts";
import { schemaVersion } from "./pragmas.ts";
import { SCHEMA_VERSION } from "./schema.ts";

export interface Format {
  readonly schema: number;
  /** 0 before it was noted. */
  readonly folded: number;
}

export function readFormat(db: DatabaseSync): Format {
  const schema = schemaVersion(db);
  // A file that is just being made has no tables, and a newer keyturn's may have others.
  return { schema, folded: schema === 0 || schema > SCHEMA_VERSION ? 0 : readFoldVersion(db) };
}

/** Reads it again and again, at little cost. */
export function formatReader(db: DatabaseSync): () => Format {
  const sql = `SELECT user_version AS schema, coalesce((SELECT value FROM meta WHERE key = 'fold_version'), 0) AS folded
    FROM pragma_user_version`;
  const statement = db.prepare(sql);
  return () => statement.get() as unknown as Format;
}

/** Whether tables and rows are what this keyturn would make of the entries. */
export function isCurrent({ schema, folded }: Format): boolean {
  return schema === SCHEMA_VERSION && folded === FOLD_VERSION;
}

/** Throws `journal-newer` for what this keyturn would misread. */
export function refuseNewer({ schema, folded }: Format): void {
  if (schema > SCHEMA_VERSION) throw newer(`schema version ${schema}`, SCHEMA_VERSION);
  if (folded > FOLD_VERSION) throw newer(`fold version ${folded}`, FOLD_VERSION);
}

function newer(found: string, known: number): RotationError {
  return new RotationError("journal-newer", {
    kind: "rejected",
    message: `the journal was written by a newer keyturn: it has ${found}, and this one knows ${known}`,
    hint: "Use the keyturn that wrote it, or a newer one. To go back, restore the copy that was made before the upgrade.",
  });
}
