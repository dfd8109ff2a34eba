import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../../src/domain/journal-record.ts";
import { acquireLease } from "../../../src/journal/lease.ts";
import { openJournalReadOnly } from "../../../src/journal/journal-reader.ts";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";
import type { SqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { generateSealKey, SealKey } from "../../../src/journal/seal-key.ts";
import { intentRecord, runId, runRecords, SECRET, sealOrder, startRecord } from "../../journal-records.ts";
import { tempFolder } from "../../temp-folder.ts";

const KEY = generateSealKey();

function sealKey(text = KEY): SealKey {
  return new SealKey(Buffer.from(text, "base64"));
}

function open(dir: string, epoch?: number): SqliteJournal {
  const journal = openJournal({ dir, sealKey: sealKey(), ...(epoch === undefined ? {} : { epoch }) });
  onTestFinished(() => journal.close());
  return journal;
}

async function fill(journal: SqliteJournal, runs: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let number = 1; number <= runs; number++) {
    for (const { record, seal } of runRecords(number, `value ${number}`))
      entries.push(await journal.append(record, seal));
  }
  return entries;
}

async function collect(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const collected: Entry[] = [];
  for await (const entry of entries) collected.push(entry);
  return collected;
}

function rowsOf(journal: SqliteJournal): unknown {
  return (["secret", "run", "sweep"] as const).map((table) => journal.tables.all(table));
}

describe("the journal", () => {
  test("gives back what was appended, in order and without gaps, also to another process's eyes", async () => {
    const dir = tempFolder();
    const written = await fill(open(dir), 60);
    const reader = openJournalReadOnly(dir);
    onTestFinished(() => reader.close());
    expect(await collect(reader.read())).toEqual(written);
    expect(written.map((entry) => entry.seq)).toEqual(Array.from({ length: 360 }, (_, index) => index + 1));
    expect((await collect(reader.read(358))).map((entry) => entry.seq)).toEqual([358, 359, 360]);
  });

  test("goes on where it ended when it is opened again", async () => {
    const dir = tempFolder();
    const first = open(dir);
    await fill(first, 1);
    first.close();
    const again = open(dir);
    expect((await again.append(startRecord(2))).seq).toBe(7);
    expect(again.verifyChain().seq).toBe(7);
  });

  test("keeps rows that are equal to those folded again from nothing", async () => {
    const journal = open(tempFolder());
    await fill(journal, 5);
    await journal.append(startRecord(6));
    await journal.append(intentRecord(6, "create", "do"));
    const before = rowsOf(journal);
    journal.rebuild();
    expect(rowsOf(journal)).toEqual(before);
    expect(journal.tables.all("run")).toHaveLength(6);
  });

  test("gives unfinished runs apart from finished ones, and the history of one secret", async () => {
    const journal = open(tempFolder());
    await fill(journal, 3);
    await journal.append(startRecord(4));
    await journal.append(startRecord(5, "another"));
    expect(journal.tables.openRuns().map((run) => run.run)).toEqual([runId(4), runId(5)]);
    expect(journal.history(SECRET).map((run) => run.run)).toEqual([4, 3, 2, 1].map(runId));
    expect(journal.history(undefined, 2).map((run) => run.run)).toEqual([runId(5), runId(4)]);
    expect(journal.run(runId(2))?.phase).toBe("ended");
    expect(journal.run("nothing")).toBeUndefined();
  });

  test("changes nothing when folding or sealing fails half-way", async () => {
    const dir = tempFolder();
    const unsealing = openJournal({ dir });
    onTestFinished(() => unsealing.close());
    const sealing = unsealing.append(startRecord(1), [sealOrder(1, "value")]);
    await expect(sealing).rejects.toMatchObject({ code: "sealed-unreadable" });
    expect(await collect(unsealing.read())).toEqual([]);
    expect((await unsealing.append(startRecord(1))).seq).toBe(1);
  });

  test("goes on after a record that cannot be written as JSON, and after it was closed not at all", async () => {
    const journal = open(tempFolder());
    const unwritable = { ...startRecord(1), at: Number.NaN };
    await expect(journal.append(unwritable)).rejects.toThrow("not a JSON number");
    expect((await journal.append(startRecord(1))).seq).toBe(1);
    journal.close();
    await expect(journal.append(startRecord(2))).rejects.toMatchObject({ code: "journal-unavailable" });
  });

  test("refuses an append of an earlier epoch, and writes nothing of it", async () => {
    const dir = tempFolder();
    const first = acquireLease(dir);
    const stale = open(dir, first.epoch);
    await stale.append(startRecord(1));
    first.release();
    const second = acquireLease(dir);
    onTestFinished(() => second.release());
    await expect(stale.append(startRecord(2), [sealOrder(2, "value")])).rejects.toMatchObject({
      code: "lease-lost",
    });
    const journal = open(dir, second.epoch);
    expect((await journal.append(startRecord(3))).epoch).toBe(first.epoch + 1);
    expect((await collect(journal.read())).map((entry) => entry.seq)).toEqual([1, 2]);
    expect(() => journal.unseal(SECRET, 2, "material")).toThrow(
      expect.objectContaining({ code: "sealed-erased" }),
    );
  });

  test("reads as empty where there is none, and makes nothing there", () => {
    const dir = join(tempFolder(), "state");
    const reader = openJournalReadOnly(dir);
    expect(reader.tables.openRuns()).toEqual([]);
    expect(reader.policies()).toBeNull();
    expect(statSync(dir, { throwIfNoEntry: false })).toBeUndefined();
    reader.close();
  });

  test("projects the policies, and keeps them while the fingerprint is the same", () => {
    const dir = tempFolder();
    const journal = open(dir);
    journal.writePolicies("one", [{ secret: SECRET }]);
    journal.writePolicies("one", []);
    const reader = openJournalReadOnly(dir);
    onTestFinished(() => reader.close());
    expect(reader.policies()).toEqual({ fingerprint: "one", rows: [{ secret: SECRET }] });
    journal.writePolicies("two", []);
    expect(reader.policies()).toEqual({ fingerprint: "two", rows: [] });
  });
});

describe("the journal's files", () => {
  test("are nobody else's, whatever the umask", async () => {
    const dir = join(tempFolder(), "a", "state");
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    const lease = acquireLease(dir);
    onTestFinished(() => lease.release());
    await open(dir).append(startRecord(1));
    const modes = readdirSync(dir).map((file) => [file, statSync(join(dir, file)).mode & 0o777]);
    expect(modes).toEqual(
      ["journal.db", "journal.db-shm", "journal.db-wal", "lease.db", "lease.pid"].map((f) => [f, 0o600]),
    );
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test("are refused in a folder that others may write to", () => {
    const dir = join(tempFolder(), "open");
    mkdirSync(dir);
    chmodSync(dir, 0o777);
    expect(() => openJournal({ dir })).toThrow(
      expect.objectContaining({ code: "journal-unavailable", kind: "rejected" }),
    );
    expect(readdirSync(dir)).toEqual([]);
  });

  test.each([
    ["a newer keyturn's", "PRAGMA application_id = 0x6b74726e; PRAGMA user_version = 99", "journal-newer"],
    ["another program's", "CREATE TABLE t (a); PRAGMA application_id = 7", "journal-corrupt"],
  ])("are left alone when they are %s", (_, sql, code) => {
    const dir = tempFolder();
    const db = new DatabaseSync(join(dir, "journal.db"));
    db.exec(sql);
    db.close();
    expect(() => openJournal({ dir })).toThrow(expect.objectContaining({ code }));
    expect(() => openJournalReadOnly(dir)).toThrow(expect.objectContaining({ code }));
  });
});

describe("the hash chain", () => {
  test.each([
    [
      "a changed record",
      "UPDATE entry SET record = replace(record, 'manual', 'forged') WHERE seq = 1",
      "entry 1",
    ],
    ["a changed time", "UPDATE entry SET at = at + 1 WHERE seq = 4", "entry 4"],
    ["a changed type", "UPDATE entry SET type = 'alert' WHERE seq = 4", "entry 4"],
    ["a changed epoch", "UPDATE entry SET epoch = 7 WHERE seq = 3", "entry 3"],
    ["a changed digest", "UPDATE entry SET seals = '[]' WHERE seq = 9", "entry 9"],
    ["a missing entry", "DELETE FROM entry WHERE seq = 5", "entry 5"],
    [
      "two entries that changed places",
      "UPDATE entry SET seq = -2 WHERE seq = 2; UPDATE entry SET seq = 2 WHERE seq = 3; UPDATE entry SET seq = 3 WHERE seq = -2",
      "entry 2",
    ],
    ["a changed sealed row", "UPDATE sealed SET blob = zeroblob(64)", "sealed row"],
    ["a sealed row in another's place", "UPDATE sealed SET row = 'other'", "sealed row"],
  ])("shows %s", async (_, sql, told) => {
    const dir = tempFolder();
    const journal = open(dir);
    await fill(journal, 1);
    for (const { record, seal } of runRecords(2, "kept").slice(0, -1)) await journal.append(record, seal);
    expect(journal.verifyChain().seq).toBe(11);
    const db = new DatabaseSync(join(dir, "journal.db"));
    db.exec(sql);
    db.close();
    expect(() => journal.verifyChain()).toThrow(
      expect.objectContaining({ code: "journal-corrupt", kind: "invariant" }),
    );
    expect(() => journal.verifyChain()).toThrow(told);
  });
});
