/**
 * Appends whole runs to the journal in the folder given and says of each record what became of it: `A` acknowledged,
 * `T` surely not kept, `U` unknown. A test kills it, makes its system calls fail, or cuts its power at every point.
 * Usage: journal-child.ts FOLDER RUNS [keep] [normal] [early]: `keep` erases nothing (erasing syncs by itself). Planted
 * faults: `normal` does not sync commits; `early` acknowledges a record before it is kept.
 */
import { writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { RotationError } from "../../src/domain/errors.ts";
import { SealKey } from "../../src/journal/seal-key.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import type { SqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { runRecords } from "../journal-records.ts";
import type { Append } from "../journal-records.ts";

const [dir, runs, ...options] = process.argv.slice(2) as [string, string, ...string[]];
if (options.includes("normal")) plantNormalSync();

try {
  const journal = openJournal({ dir, sealKey: new SealKey(Buffer.alloc(32, 7)) });
  say("open");
  for (let run = 1; run <= Number(runs); run++) {
    for (const append of runRecords(run, `canary-value-${run}`))
      await tell(journal, append, `${run}/${append.record.type}`);
  }
  journal.close();
  say("closed");
} catch (thrown) {
  say(`E ${thrown instanceof RotationError ? thrown.code : `unexpected ${String(thrown)}`}`);
}

async function tell(journal: SqliteJournal, { record, seal }: Append, name: string): Promise<void> {
  if (record.type === "erased" && options.includes("keep")) return;
  try {
    if (options.includes("early")) say(`A ${name}`);
    await journal.append(record, seal);
    if (!options.includes("early")) say(`A ${name}`);
  } catch (thrown) {
    if (!(thrown instanceof RotationError)) throw thrown;
    say(`${thrown.kind === "transient" ? "T" : "U"} ${name} ${thrown.code}`);
  }
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function plantNormalSync(): void {
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (sql) {
    exec.call(this, sql.replace("synchronous = FULL", "synchronous = NORMAL"));
  };
}
