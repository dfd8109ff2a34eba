/** What install.sh does with a journal before an upgrade, and what it learns from it on the way back. */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { tempFolder } from "../../temp-folder.ts";

const SCRIPT = join(import.meta.dirname, "../../../systemd/journal-copy.mjs");
const RECORD = "INSERT INTO entry (record) VALUES ('{}')";

it.each([
  ["same-format", []],
  ["same-format", [RECORD]],
  ["reformatted", ["PRAGMA user_version = 2"]],
  ["moved-on", ["PRAGMA user_version = 2", RECORD]],
])("says %s after %j", (verdict, changes) => {
  const { journal, path, copy } = savedJournal();
  for (const change of changes) journal.exec(change);
  expect(run("compare", path, copy)).toBe(`${verdict}\n`);
});

it("saves what is still in the -wal, while somebody has the journal open", () => {
  const { path, copy } = savedJournal();
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  const saved = new DatabaseSync(copy, { readOnly: true });
  expect(saved.prepare("SELECT count(*) AS records FROM entry").get()).toEqual({ records: 1 });
  saved.close();
});

it("ends with an error where there is no journal", () => {
  expect(() => run("save", join(tempFolder(), "journal.db"), join(tempFolder(), "copy.db"))).toThrow();
});

function savedJournal(): { journal: DatabaseSync; path: string; copy: string } {
  const folder = tempFolder();
  const [path, copy] = [join(folder, "journal.db"), join(folder, "copy.db")];
  const journal = new DatabaseSync(path);
  journal.exec("PRAGMA journal_mode = WAL; PRAGMA user_version = 1");
  journal.exec("CREATE TABLE entry (seq INTEGER PRIMARY KEY, record TEXT)");
  journal.exec(RECORD);
  run("save", path, copy);
  return { journal, path, copy };
}

function run(...args: readonly string[]): string {
  return execFileSync(process.execPath, [SCRIPT, ...args], { encoding: "utf8", stdio: "pipe" });
}
