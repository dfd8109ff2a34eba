/** Brings a journal that an older keyturn wrote up to date, in one transaction, after a copy of it was made. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { copyJournal } from "./copy-journal.ts";
import { syncFolder } from "./durable-file.ts";
import { foldEntries } from "./fold-again.ts";
import { writeFoldVersion } from "./fold-version.ts";
import { isCurrent, readFormat } from "./format.ts";
import { MIGRATIONS } from "./migrations.ts";
import { schemaVersion } from "./pragmas.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { SqliteTables } from "./sqlite-tables.ts";

/** Copies made before upgrades that are kept, the newest ones. */
const KEPT = 3;
const NAME = /^journal-schema-\d+-entry-\d+\.db$/;

/**
 * Makes the tables where there are none, and today's of older ones. MUST be called by the holder of the lease alone: what
 * an older keyturn has open must not change under it. A crash leaves the journal as it was, or upgraded; never between.
 */
export function bringUpToDate(db: DatabaseSync, dir: string): void {
  const format = readFormat(db);
  if (isCurrent(format)) return;
  if (format.schema > 0 && format.schema < SCHEMA_VERSION) keepCopy(db, dir, format.schema);
  db.exec("BEGIN IMMEDIATE");
  // Another process may have been faster while this one waited for the lock.
  if (schemaVersion(db) === 0) db.exec(SCHEMA);
  for (const { to, sql } of MIGRATIONS) {
    if (schemaVersion(db) < to) db.exec(`${sql} PRAGMA user_version = ${to};`);
  }
  foldAnew(db);
  db.exec("COMMIT");
}

/** Gives every row its fold of today. What was read from the configuration for readers is read again, too. */
export function foldAnew(db: DatabaseSync): void {
  const tables = new SqliteTables(db);
  tables.clear();
  db.exec("DELETE FROM policy_projection");
  foldEntries(db, 1, tables);
  writeFoldVersion(db);
}

/** Copies hold data keys of their own, which erasing does not reach: a change of the seal key takes them away. */
export function removeCopies(dir: string): void {
  const folder = copiesFolder(dir);
  for (const path of copies(folder)) rmSync(path);
  if (existsSync(folder)) syncFolder(folder);
}

function keepCopy(db: DatabaseSync, dir: string, schema: number): void {
  const folder = copiesFolder(dir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const newest = db.prepare("SELECT max(seq) AS seq FROM entry").get()?.["seq"] ?? 0;
  const path = join(folder, `journal-schema-${schema}-entry-${String(newest)}.db`);
  // Killed between the copy and the upgrade, the next one finds it: whole, as it has its name.
  if (!existsSync(path)) copyJournal(db, path);
  for (const surplus of copies(folder).slice(KEPT)) rmSync(surplus);
  for (const each of [folder, dir]) syncFolder(each);
}

function copiesFolder(dir: string): string {
  return join(dir, "backups");
}

/** Newest first. */
function copies(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder)
    .filter((name) => NAME.test(name))
    .map((name) => join(folder, name));
  return paths.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
}
