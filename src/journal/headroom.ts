import { statfsSync } from "node:fs";
import { diskFull, journalError } from "./journal-error.ts";

/** Room for the write-ahead log of a whole run, its undoing included, before SQLite uses the log's space again. */
const HEADROOM_BYTES = 4 * 1024 * 1024;

/** Throws `disk-full` when there is too little room to record the end of what is about to begin. */
export function requireHeadroom(dir: string): void {
  let free: number;
  try {
    const { bavail, bsize } = statfsSync(dir);
    free = bavail * bsize;
  } catch (thrown) {
    throw journalError(thrown, `look at ${dir}`);
  }
  if (free < HEADROOM_BYTES) throw diskFull("begin anything that may have to be undone");
}
