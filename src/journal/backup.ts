/** Consistent copies of the journal, also while a worker writes it. They hold no seal key. */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { RotationError } from "../domain/errors.ts";
import { chainHead, verifyChain } from "./chain.ts";
import { openAsItIs } from "./database.ts";
import { writeDurably } from "./durable-file.ts";
import { journalError } from "./journal-error.ts";
import { schemaVersion } from "./pragmas.ts";

export interface Backup {
  /** How many entries the copy holds. */
  readonly entries: number;
  /** The schema version of the journal, and of the copy. */
  readonly schema: number;
}

/**
 * Copies the journal in `dir` to the new file `path`, 0600, and checks the copy's chain. Throws `file-exists`,
 * `backup-failed`, or `journal-corrupt` when what was copied is damaged; then there is no file.
 */
export function backUpJournal(dir: string, path: string): Backup {
  const db = openAsItIs(dir);
  if (db === null) {
    throw new RotationError("journal-unavailable", {
      kind: "rejected",
      message: `there is no journal in ${dir}`,
      hint: "Check state.dir; the journal is made by the first rotation.",
    });
  }
  try {
    return copyJournal(db, path, verifyChain);
  } finally {
    db.close();
  }
}

/** The same of an open journal; `check` looks at the copy and throws when it is not good. */
export function copyJournal(db: DatabaseSync, path: string, check: (copy: DatabaseSync) => void): Backup {
  if (existsSync(path)) {
    throw new RotationError("file-exists", {
      kind: "rejected",
      message: `${path} is already there, and nothing was written`,
      hint: "Name a file that is not there yet.",
    });
  }
  try {
    let backup: Backup = { entries: 0, schema: 0 };
    writeDurably(path, (temp) => {
      // VACUUM takes a snapshot as any reader does, and leaves out what deleted rows may have left.
      db.prepare("VACUUM INTO ?").run(temp);
      backup = inspect(temp, check);
    });
    return backup;
  } catch (thrown) {
    throw failed(thrown, path);
  }
}

function inspect(path: string, check: (copy: DatabaseSync) => void): Backup {
  const copy = new DatabaseSync(path, { readOnly: true });
  try {
    check(copy);
    return { entries: chainHead(copy).seq, schema: schemaVersion(copy) };
  } finally {
    copy.close();
  }
}

function failed(thrown: unknown, path: string): RotationError {
  const { code, kind, message } = journalError(thrown, `write ${path}`);
  if (code === "journal-corrupt") return journalError(thrown, "copy the journal");
  return new RotationError("backup-failed", {
    kind,
    message,
    hint: "Make room where the back-up is written to, and let keyturn's user write there.",
  });
}
