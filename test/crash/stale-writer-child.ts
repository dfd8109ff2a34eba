/**
 * Writes to the journal in the folder given under the epoch that it finds, and once more, as a process does that was
 * stopped for a while, when its input ends. Says `open`, then what became of the late record. Usage: stale-writer-child.ts FOLDER
 */
import { text } from "node:stream/consumers";
import { RotationError } from "../../src/domain/errors.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { startRecord } from "../journal-records.ts";

const journal = openJournal({ dir: process.argv[2] as string });
await journal.append(startRecord(1));
process.stdout.write("open\n");
await text(process.stdin);
try {
  await journal.append(startRecord(3));
  process.stdout.write("acknowledged\n");
} catch (thrown) {
  if (!(thrown instanceof RotationError)) throw thrown;
  process.stdout.write(`${thrown.code}\n`);
}
journal.close();
