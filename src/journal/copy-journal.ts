import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { RotationError } from "../domain/errors.ts";
import { chainHead } from "./chain.ts";
import { writeDurably } from "./durable-file.ts";
import { journalError } from "./journal-error.ts";
import { schemaVersion } from "./pragmas.ts";

export interface Copy {
  /** How many entries it holds. */
  readonly entries: number;
  /** The schema version of the journal, and of the copy. */
  readonly schema: number;
}

/**
 * Copies an open journal to the new file `path`, 0600; `check` looks at the copy and throws when it is not good. Throws
 * `file-exists` or `backup-failed`; then nothing is left behind.
 */
export function copyJournal(
  db: DatabaseSync,
  path: string,
  check: (copy: DatabaseSync) => void = () => {},
): Copy {
  if (existsSync(path)) {
    throw new RotationError("file-exists", {
      kind: "rejected",
      message: `${path} is already there, and nothing was written`,
      hint: "Name a file that is not there yet.",
    });
  }
  try {
    let copied: Copy = { entries: 0, schema: 0 };
    writeDurably(path, (temp) => {
      // VACUUM takes a snapshot as any reader does, and leaves out what deleted rows may have left.
      db.prepare("VACUUM INTO ?").run(temp);
      copied = inspect(temp, check);
    });
    return copied;
  } catch (thrown) {
    throw failed(thrown, path);
  }
}

function inspect(path: string, check: (copy: DatabaseSync) => void): Copy {
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
