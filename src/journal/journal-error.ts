import { RotationError } from "../domain/errors.ts";

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
/** An extended code: there is no room for the index of the write-ahead log, which a reader needs, too. */
const SQLITE_IOERR_SHMSIZE = 4874;
/** Extended codes carry the primary one in their lowest byte. */
const PRIMARY_MASK = 0xff;

interface SqliteError extends Error {
  readonly errcode: number;
  readonly errstr: string;
}

export function isSqliteError(thrown: unknown): thrown is SqliteError {
  return thrown instanceof Error && "errcode" in thrown && typeof thrown.errcode === "number";
}

export function isBusy(thrown: unknown): boolean {
  return isSqliteError(thrown) && (thrown.errcode & PRIMARY_MASK) === SQLITE_BUSY;
}

export function isDiskFull(thrown: unknown): boolean {
  if (!isSqliteError(thrown)) return false;
  return (thrown.errcode & PRIMARY_MASK) === SQLITE_FULL || thrown.errcode === SQLITE_IOERR_SHMSIZE;
}

/** What went wrong with the journal's file, for the caller: nothing happened unless `kind` says otherwise. */
export function journalError(thrown: unknown, doing: string): RotationError {
  if (thrown instanceof RotationError) return thrown;
  if (isSqliteError(thrown)) return fromSqlite(thrown, doing);
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string")
    return fromSystem(thrown.code, doing);
  throw thrown;
}

function fromSqlite(error: SqliteError, doing: string): RotationError {
  if (isDiskFull(error)) return diskFull(doing);
  const said = `${error.errstr}, SQLite code ${error.errcode}`;
  switch (error.errcode & PRIMARY_MASK) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new RotationError("journal-corrupt", {
        kind: "invariant",
        message: `could not ${doing}: the file is damaged (${said})`,
        hint: "Restore journal.db from a back-up; keep the damaged file for inspection.",
      });
    default:
      return unavailable(doing, said);
  }
}

function fromSystem(code: string, doing: string): RotationError {
  return code === "ENOSPC" || code === "EDQUOT" ? diskFull(doing) : unavailable(doing, code);
}

export function diskFull(doing: string): RotationError {
  return new RotationError("disk-full", {
    kind: "transient",
    message: `could not ${doing}: no space left on the device`,
    hint: "Free space where state.dir is; keyturn goes on by itself.",
  });
}

function unavailable(doing: string, said: string): RotationError {
  return new RotationError("journal-unavailable", {
    kind: "transient",
    message: `could not ${doing} (${said})`,
    hint: "Check that state.dir exists, belongs to keyturn's user, and that its disk works.",
  });
}
