/** Consistent copies of the journal, also while a worker writes it. They hold no seal key. */
import { RotationError } from "../domain/errors.ts";
import { verifyChain } from "./chain.ts";
import { copyJournal } from "./copy-journal.ts";
import type { Copy } from "./copy-journal.ts";
import { openAsItIs } from "./database.ts";

/**
 * Copies the journal in `dir` to the new file `path`, 0600, and checks the copy's chain. Throws `file-exists`,
 * `backup-failed`, or `journal-corrupt` when what was copied is damaged; then there is no file.
 */
export function backUpJournal(dir: string, path: string): Copy {
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
