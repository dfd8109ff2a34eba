/**
 * What install.sh needs to know of a journal, or to do with it. SQLite's own backup takes what is still in the -wal along,
 * and is whole even when somebody writes.
 *
 *     journal-copy.mjs save JOURNAL COPY       a copy of the journal
 *     journal-copy.mjs compare JOURNAL COPY    prints how the journal has changed since: same-format, reformatted (but
 *                                              nothing was recorded) or moved-on (reformatted, and with new records)
 */
import process from "node:process";
import { backup, DatabaseSync } from "node:sqlite";

const [action, journal, copy] = process.argv.slice(2);

if (action === "save") await save();
else if (action === "compare") process.stdout.write(`${compare(stateOf(journal), stateOf(copy))}\n`);
else throw new Error("journal-copy.mjs save|compare JOURNAL COPY");

async function save() {
  const source = new DatabaseSync(journal, { readOnly: true });
  await backup(source, copy);
  source.close();
}

function compare(now, then) {
  if (now.format === then.format) return "same-format";
  return now.records === then.records ? "reformatted" : "moved-on";
}

function stateOf(path) {
  const database = new DatabaseSync(path, { readOnly: true });
  const { user_version: format } = database.prepare("PRAGMA user_version").get();
  const { records } = database.prepare("SELECT coalesce(max(seq), 0) AS records FROM entry").get();
  database.close();
  return { format, records };
}
