/** Opens the journal's file with the settings that its promises rest on. */
import { chmodSync, closeSync, existsSync, fchmodSync, mkdirSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RotationError } from "../domain/errors.ts";
import { readFormat, refuseNewer } from "./format.ts";
import { journalError } from "./journal-error.ts";
import { applicationId, schemaVersion } from "./pragmas.ts";
import { APPLICATION_ID } from "./schema.ts";
import { bringUpToDate } from "./upgrade.ts";

/** How long a statement waits for another process's short transaction. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * - `synchronous=FULL`: with NORMAL a power cut loses acknowledged records in WAL mode.
 * - `secure_delete`: without it a deleted key stays readable in the file. `temp_store`: nothing spills to another one.
 * - `trusted_schema=OFF`: a file changed by somebody else may not run functions of ours.
 */
const WRITER_PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA foreign_keys = ON;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
`;

function journalPath(dir: string): string {
  return join(dir, "journal.db");
}

/** Opens the journal for writing, and makes it when there is none. */
export function openDatabase(dir: string): DatabaseSync {
  const path = journalPath(dir);
  try {
    prepareFolder(dir);
    preparePrivateFile(path);
    return prepared(new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS }), (db) => {
      checkFormat(db);
      db.exec(WRITER_PRAGMAS);
      bringUpToDate(db, dir);
    });
  } catch (thrown) {
    throw journalError(thrown, `open ${path}`);
  }
}

/** Opens the journal for reading beside a writer; `null` when there is none yet. Refuses a newer keyturn's. */
export function openDatabaseReadOnly(dir: string): DatabaseSync | null {
  return openReading(dir, checkFormat);
}

/** The same for whatever version of keyturn wrote it: to be copied, not understood. */
export function openAsItIs(dir: string): DatabaseSync | null {
  return openReading(dir, checkOwner);
}

function openReading(dir: string, check: (db: DatabaseSync) => void): DatabaseSync | null {
  const path = journalPath(dir);
  if (!existsSync(path)) return null;
  try {
    const db = prepared(new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS }), check);
    if (schemaVersion(db) > 0) return db;
    db.close();
    return null;
  } catch (thrown) {
    throw journalError(thrown, `read ${path}`);
  }
}

/** Makes the folder 0700. One that is there is left as it is, but for one where others could swap the files. */
export function prepareFolder(dir: string): void {
  if (mkdirSync(dir, { recursive: true, mode: 0o700 }) !== undefined) {
    chmodSync(dir, 0o700);
    return;
  }
  if ((statSync(dir).mode & 0o022) === 0) return;
  throw new RotationError("journal-unavailable", {
    kind: "rejected",
    message: `others may write to the state folder ${dir}`,
    hint: `Run \`chmod 0700 ${dir}\`, or name another folder in state.dir.`,
  });
}

/**
 * Makes the file 0600 whatever the umask; SQLite gives its -wal and -shm the same mode. An existing file MUST NOT be
 * opened here: closing any descriptor of it drops the locks that SQLite holds for this process.
 */
export function preparePrivateFile(path: string): void {
  if (existsSync(path)) {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    return;
  }
  let descriptor: number;
  try {
    descriptor = openSync(path, "wx", 0o600);
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return;
    throw thrown;
  }
  fchmodSync(descriptor, 0o600);
  closeSync(descriptor);
}

/** Refuses what is not a journal. A file without tables passes: it is just made. */
function checkOwner(db: DatabaseSync): void {
  const owner = applicationId(db);
  if (owner === APPLICATION_ID || (schemaVersion(db) === 0 && owner === 0)) return;
  throw new RotationError("journal-corrupt", {
    kind: "invariant",
    message: "journal.db is not a journal of keyturn",
    hint: "Name another folder in state.dir.",
  });
}

/** Refuses also what a newer keyturn wrote. */
function checkFormat(db: DatabaseSync): void {
  checkOwner(db);
  refuseNewer(readFormat(db));
}

/** Gives the database back once `prepare` has passed, and closes it when that throws. */
function prepared(db: DatabaseSync, prepare: (db: DatabaseSync) => void): DatabaseSync {
  try {
    prepare(db);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}
