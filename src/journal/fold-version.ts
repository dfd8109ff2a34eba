import type { DatabaseSync } from "node:sqlite";

/**
 * Counts the ways in which entries have been folded into rows, and the kinds of record there have been. Raise it when the
 * same entries would give other rows than before (a field of `domain/state.ts` more, another rule), when a kind of record
 * or a field of one is new, and when `SecretPolicy` changes: the next writer then folds every row anew, readers do so for
 * themselves until it has, and an older keyturn refuses the journal instead of misreading it. A test tells when it is due.
 */
export const FOLD_VERSION = 3;

/** What the rows of this journal were folded with; 0 before that was noted. */
export function readFoldVersion(db: DatabaseSync): number {
  const value = db.prepare("SELECT value FROM meta WHERE key = 'fold_version'").get()?.["value"];
  return typeof value === "number" ? value : 0;
}

export function writeFoldVersion(db: DatabaseSync): void {
  db.prepare("INSERT OR REPLACE INTO meta VALUES ('fold_version', ?)").run(FOLD_VERSION);
}
