import type { DatabaseSync } from "node:sqlite";

/** Long enough for a reader that is just passing; one that stays is waited for by the next checkpoint. */
const CHECKPOINT_TIMEOUT_MS = 200;

/**
 * Moves everything from the write-ahead log into the main file, synced, and cuts the log to nothing, so that what was
 * erased stands in neither. `false` when a reader still needs the log.
 */
export function checkpoint(db: DatabaseSync): boolean {
  const before = db.prepare("PRAGMA busy_timeout").get()?.["timeout"] as number;
  db.exec(`PRAGMA busy_timeout = ${CHECKPOINT_TIMEOUT_MS}`);
  try {
    return db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0;
  } finally {
    db.exec(`PRAGMA busy_timeout = ${before}`);
  }
}
