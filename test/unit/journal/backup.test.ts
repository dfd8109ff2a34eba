import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { backUpJournal } from "../../../src/journal/backup.ts";
import { SealKey } from "../../../src/journal/seal-key.ts";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";
import type { SqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { findCanary } from "../../canary.ts";
import { runRecords, SECRET, startRecord } from "../../journal-records.ts";
import { smallDisk } from "../../small-disk.ts";
import { tempFolder } from "../../temp-folder.ts";

function open(dir: string): SqliteJournal {
  const journal = openJournal({ dir, sealKey: new SealKey(Buffer.alloc(32, 7)) });
  onTestFinished(() => journal.close());
  return journal;
}

/** One run whose material is still sealed. */
async function fill(journal: SqliteJournal): Promise<void> {
  for (const { record, seal } of runRecords(1, "canary-value").slice(0, -1))
    await journal.append(record, seal);
}

function refusal(code: string): unknown {
  return expect.objectContaining({ code });
}

describe("a back-up", () => {
  test("holds what is only in the write-ahead log, beside an open writer, and opens as a journal", async () => {
    const [dir, elsewhere] = [join(tempFolder(), "state"), tempFolder()];
    const journal = open(dir);
    await fill(journal);
    expect(statSync(join(dir, "journal.db-wal")).size).toBeGreaterThan(0);
    const file = join(elsewhere, "journal.db");
    expect(backUpJournal(dir, file)).toEqual({ entries: 5, schema: expect.any(Number) });
    await journal.append(startRecord(2));
    const restored = open(elsewhere);
    expect(restored.verifyChain().seq).toBe(5);
    expect(restored.unseal(SECRET, 1, "material")["value"]?.reveal((text) => text)).toBe("canary-value");
    expect((await restored.append(startRecord(3))).seq).toBe(6);
  });

  test("is nobody else's whatever the umask, leaves nothing beside it, and shows nothing that is sealed", async () => {
    const [dir, elsewhere] = [join(tempFolder(), "state"), tempFolder()];
    await fill(open(dir));
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    backUpJournal(dir, join(elsewhere, "copy"));
    expect(readdirSync(elsewhere)).toEqual(["copy"]);
    expect(statSync(join(elsewhere, "copy")).mode & 0o777).toBe(0o600);
    expect(findCanary(readFileSync(join(elsewhere, "copy")), "canary-value")).toEqual([]);
  });

  test("overwrites nothing", async () => {
    const dir = join(tempFolder(), "state");
    await fill(open(dir));
    const file = join(tempFolder(), "taken");
    writeFileSync(file, "theirs");
    expect(() => backUpJournal(dir, file)).toThrow(refusal("file-exists"));
    expect(readFileSync(file, "utf8")).toBe("theirs");
  });

  test("takes what a killed one left out of the way", async () => {
    const [dir, elsewhere] = [join(tempFolder(), "state"), tempFolder()];
    await fill(open(dir));
    writeFileSync(join(elsewhere, ".copy.keyturn"), "half");
    backUpJournal(dir, join(elsewhere, "copy"));
    expect(readdirSync(elsewhere)).toEqual(["copy"]);
  });

  test("is refused where there is no journal, or something else's", () => {
    const [empty, dir] = [tempFolder(), tempFolder()];
    const file = join(empty, "copy");
    expect(() => backUpJournal(join(dir, "none"), file)).toThrow(refusal("journal-unavailable"));
    const other = new DatabaseSync(join(dir, "journal.db"));
    other.exec("CREATE TABLE t (a); PRAGMA application_id = 7");
    other.close();
    expect(() => backUpJournal(dir, file)).toThrow(refusal("journal-corrupt"));
    expect(readdirSync(empty)).toEqual([]);
  });

  test("of a journal that was tampered with is refused, and leaves no file", async () => {
    const [dir, elsewhere] = [join(tempFolder(), "state"), tempFolder()];
    await fill(open(dir));
    const db = new DatabaseSync(join(dir, "journal.db"));
    db.exec("UPDATE entry SET record = replace(record, 'manual', 'forged') WHERE seq = 1");
    db.close();
    expect(() => backUpJournal(dir, join(elsewhere, "copy"))).toThrow(refusal("journal-corrupt"));
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test("of a newer keyturn's journal can be made: it is copied, not understood", async () => {
    const [dir, elsewhere] = [join(tempFolder(), "state"), tempFolder()];
    const journal = open(dir);
    await fill(journal);
    journal.close();
    const db = new DatabaseSync(join(dir, "journal.db"));
    db.exec("PRAGMA user_version = 99");
    db.close();
    expect(backUpJournal(dir, join(elsewhere, "copy")).schema).toBe(99);
  });

  test("that cannot be written says so, and leaves nothing", async (context) => {
    const dir = join(tempFolder(), "state");
    await fill(open(dir));
    expect(() => backUpJournal(dir, join(tempFolder(), "no", "folder"))).toThrow(refusal("backup-failed"));
    const disk = smallDisk(1, context.skip);
    const folder = join(disk.dir, "folder");
    mkdirSync(folder);
    disk.fill();
    expect(() => backUpJournal(dir, join(folder, "copy"))).toThrow(
      expect.objectContaining({ code: "backup-failed", kind: "transient" }),
    );
    expect(readdirSync(folder)).toEqual([]);
    disk.free();
    backUpJournal(dir, join(folder, "copy"));
    renameSync(join(folder, "copy"), join(folder, "again"));
  });
});
