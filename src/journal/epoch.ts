/** Counts the holders of the lease. An append of an earlier one is refused, however late it comes. */
import type { DatabaseSync } from "node:sqlite";

export function readEpoch(db: DatabaseSync): number {
  return db.prepare("SELECT value FROM meta WHERE key = 'epoch'").get()?.["value"] as number;
}

/** Begins the next epoch, durably. Only the holder of the lease may. */
export function nextEpoch(db: DatabaseSync): number {
  const row = db.prepare("UPDATE meta SET value = value + 1 WHERE key = 'epoch' RETURNING value").get();
  return row?.["value"] as number;
}
