import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { openJournalReadOnly } from "../../../src/journal/journal-reader.ts";
import type { JournalReader } from "../../../src/journal/journal-reader.ts";
import { SealKey } from "../../../src/journal/seal-key.ts";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";
import type { SqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import {
  makeV1Folder,
  V1_ENTRIES,
  V1_KEY,
  V1_PARKED_RUN,
  V1_SECRET,
  V1_VALUES,
} from "../../fixtures/journal-v1.ts";
import { runRecords, startRecord } from "../../journal-records.ts";
import { smallDisk } from "../../small-disk.ts";
import { tempFolder } from "../../temp-folder.ts";

function v1(): string {
  return makeV1Folder(tempFolder()).stateDir;
}

function open(dir: string): SqliteJournal {
  const journal = openJournal({ dir, sealKey: new SealKey(Buffer.from(V1_KEY)) });
  onTestFinished(() => journal.close());
  return journal;
}

function read(dir: string): JournalReader {
  const reader = openJournalReadOnly(dir);
  onTestFinished(() => reader.close());
  return reader;
}

function inFile(dir: string, sql: string, file = "journal.db"): void {
  const db = new DatabaseSync(join(dir, file));
  db.exec(sql);
  db.close();
}

function schemaOf(file: string): unknown {
  const db = new DatabaseSync(file, { readOnly: true });
  const tables = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").all();
  db.close();
  return tables.map((row) => ({ ...row, sql: String(row["sql"]).replace(/\s+/g, " ") }));
}

const COPY = `journal-schema-1-entry-${V1_ENTRIES}.db`;

describe("a journal of schema 1", () => {
  test("is upgraded when it is opened, with everything that is in it", () => {
    const journal = open(v1());
    expect(journal.verifyChain().seq).toBe(V1_ENTRIES);
    expect(journal.tables.openRuns()).toMatchObject([{ run: V1_PARKED_RUN, phase: "parked" }]);
    expect(journal.tables.get("secret", V1_SECRET)).toMatchObject({ current: 1, openRun: V1_PARKED_RUN });
    const values = [1, 2].map((version) =>
      journal.unseal(V1_SECRET, version, "material")["value"]?.reveal((text) => text),
    );
    expect(values).toEqual(V1_VALUES);
  });

  test("then has the tables of one that is new", () => {
    const [old, fresh] = [v1(), tempFolder()];
    for (const dir of [old, fresh]) open(dir).close();
    expect(schemaOf(join(old, "journal.db"))).toEqual(schemaOf(join(fresh, "journal.db")));
  });

  test("is copied first, for nobody else's eyes, and the copy is the journal as it was", () => {
    const dir = v1();
    open(dir);
    const folder = join(dir, "backups");
    expect(readdirSync(folder)).toEqual([COPY]);
    expect([folder, join(folder, COPY)].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
    const before = new DatabaseSync(join(folder, COPY));
    expect(before.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
    before.close();
    const restored = tempFolder();
    copyFileSync(join(folder, COPY), join(restored, "journal.db"));
    expect(open(restored).tables.openRuns()).toHaveLength(1);
  });

  test("that was upgraded is not upgraded again, nor copied", () => {
    const dir = v1();
    open(dir).close();
    const { mtimeMs } = statSync(join(dir, "backups", COPY));
    open(dir);
    expect(statSync(join(dir, "backups", COPY)).mtimeMs).toBe(mtimeMs);
  });

  test("keeps the three newest copies, and what is not a copy", () => {
    const dir = v1();
    const folder = join(dir, "backups");
    mkdirSync(folder);
    writeFileSync(join(folder, "mine.db"), "");
    for (const seq of [7, 8, 9]) writeFileSync(join(folder, `journal-schema-0-entry-${seq}.db`), "");
    open(dir);
    expect(readdirSync(folder)).toHaveLength(4);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([COPY, "mine.db"]));
  });

  test("stays as it is while there is no room for the copy", (context) => {
    const disk = smallDisk(1, context.skip);
    const { stateDir } = makeV1Folder(disk.dir);
    const spacer = join(disk.dir, "spacer");
    writeFileSync(spacer, Buffer.alloc(64 * 1024));
    disk.fill();
    // Room for what SQLite keeps beside an open journal, not for a copy of it.
    rmSync(spacer);
    expect(() => open(stateDir)).toThrow(expect.objectContaining({ code: "backup-failed" }));
    expect(readdirSync(join(stateDir, "backups"))).toEqual([]);
    expect(read(stateDir).tables.openRuns()).toHaveLength(1);
    disk.free();
    expect(open(stateDir).tables.openRuns()).toHaveLength(1);
    expect(readdirSync(join(stateDir, "backups"))).toEqual([COPY]);
  });
});

describe("a reader of a journal that is not upgraded yet", () => {
  test("sees what it will be, and writes nothing", () => {
    const dir = v1();
    const before = readFileSync(join(dir, "journal.db"));
    const reader = read(dir);
    expect(reader.tables.openRuns()).toMatchObject([{ run: V1_PARKED_RUN, phase: "parked" }]);
    expect(reader.history(V1_SECRET).map((run) => run.phase)).toEqual(["parked", "ended"]);
    expect(reader.verifyChain().seq).toBe(V1_ENTRIES);
    // What older code noted of the policies may lack what this one asks of them.
    expect(reader.policies()).toBeNull();
    expect(readFileSync(join(dir, "journal.db"))).toEqual(before);
    expect(open(dir).history()).toEqual(reader.history());
  });

  test("sees what the older keyturn adds meanwhile, and goes on once the journal is upgraded", async () => {
    const dir = v1();
    const reader = read(dir);
    expect(reader.history()).toHaveLength(2);
    const record = JSON.stringify(startRecord(1, "another"));
    const sql = "INSERT INTO entry SELECT max(seq) + 1, 9, 0, 'run-started', ?, '[]', '' FROM entry";
    const db = new DatabaseSync(join(dir, "journal.db"));
    db.prepare(sql).run(record);
    expect(reader.history()).toHaveLength(3);
    db.exec("DELETE FROM entry WHERE epoch = 9");
    db.close();
    const journal = open(dir);
    expect(reader.history()).toHaveLength(2);
    await journal.append(startRecord(1, "another"));
    expect(reader.history()).toHaveLength(3);
  });
});

describe("rows that an older keyturn folded", () => {
  /** As if `held` and `doors` had changed since: a field is missing, and another is left over. */
  const older = `UPDATE meta SET value = value - 1 WHERE key = 'fold_version';
    UPDATE secret SET json = json_set(json_remove(json, '$.held'), '$.doors', 3);
    DELETE FROM run; DELETE FROM run_secret;`;

  test("are folded anew by whoever writes next, and by a reader until then", async () => {
    const dir = tempFolder();
    const journal = open(dir);
    for (const number of [1, 2, 3]) {
      for (const { record, seal } of runRecords(number, "value")) await journal.append(record, seal);
    }
    journal.writePolicies("fingerprint", []);
    const rows = (from: Pick<SqliteJournal, "tables" | "history">): unknown => [
      from.tables.all("secret"),
      from.history(),
      from.history("azure_secret", 2),
    ];
    const before = rows(journal);
    journal.close();
    inFile(dir, older);
    const reader = read(dir);
    expect(rows(reader)).toEqual(before);
    expect(reader.policies()).toBeNull();
    const again = open(dir);
    expect(rows(again)).toEqual(before);
    expect(again.policies()).toBeNull();
    expect(rows(reader)).toEqual(before);
  });
});

describe("a newer keyturn's journal", () => {
  test.each([
    ["schema", "PRAGMA user_version = 1000", "schema version 1000"],
    ["folding", "UPDATE meta SET value = 1000 WHERE key = 'fold_version'", "fold version 1000"],
  ])("is refused by its %s, by writers and readers, also under an open reader", (_, sql, told) => {
    const dir = v1();
    open(dir).close();
    const reader = read(dir);
    expect(reader.tables.openRuns()).toHaveLength(1);
    inFile(dir, sql);
    const before = readFileSync(join(dir, "journal.db"));
    const refusal = expect.objectContaining({
      code: "journal-newer",
      message: expect.stringContaining(told) as string,
      hint: expect.stringContaining("Use the keyturn that wrote it") as string,
    }) as unknown;
    expect(() => open(dir)).toThrow(refusal);
    expect(() => openJournalReadOnly(dir)).toThrow(refusal);
    expect(() => reader.tables.openRuns()).toThrow(refusal);
    expect(readFileSync(join(dir, "journal.db"))).toEqual(before);
  });
});
