import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { acquireLease } from "../../../src/journal/lease.ts";
import { newSealKey, SealKey } from "../../../src/journal/seal-key.ts";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";
import type { SqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { SECRET, sealOrder, startRecord } from "../../journal-records.ts";
import { tempFolder } from "../../temp-folder.ts";

/** A key of its own each time: who wipes one must not wipe it for all. */
function key(fill: number): SealKey {
  return new SealKey(Buffer.alloc(32, fill));
}

function open(dir: string, sealKey: SealKey): SqliteJournal {
  const journal = openJournal({ dir, sealKey });
  onTestFinished(() => journal.close());
  return journal;
}

/** Three sealed versions, the first key bound. */
async function sealed(): Promise<{ dir: string; journal: SqliteJournal }> {
  const dir = tempFolder();
  const journal = open(dir, key(1));
  for (const version of [1, 2, 3])
    await journal.append(startRecord(version), [sealOrder(version, `value ${version}`)]);
  return { dir, journal };
}

function values(journal: SqliteJournal): unknown {
  return [1, 2, 3].map((version) =>
    journal.unseal(SECRET, version, "material")["value"]?.reveal((text) => text),
  );
}

const ALL = ["value 1", "value 2", "value 3"];
const unreadable = expect.objectContaining({ code: "sealed-unreadable" }) as unknown;

function rekeyTo(journal: SqliteJournal, next: SealKey): void {
  journal.startRekey({ next, actor: "somebody", at: 7 });
}

describe("while the seal key is being changed", () => {
  test("the old key and the new one open everything, and others nothing", async () => {
    const { dir, journal } = await sealed();
    rekeyTo(journal, key(2));
    expect(values(journal)).toEqual(ALL);
    expect(values(open(dir, key(1)))).toEqual(ALL);
    expect(values(open(dir, key(2)))).toEqual(ALL);
    expect(() => open(dir, key(3))).toThrow(unreadable);
  });

  test("what is sealed with either can be had with either", async () => {
    const { dir, journal } = await sealed();
    rekeyTo(journal, key(2));
    await open(dir, key(1)).append(startRecord(4), [sealOrder(4, "by the old one")]);
    await open(dir, key(2)).append(startRecord(5), [sealOrder(5, "by the new one")]);
    for (const fill of [1, 2]) {
      const reading = open(dir, key(fill));
      const got = [4, 5].map((version) =>
        reading.unseal(SECRET, version, "material")["value"]?.reveal((text) => text),
      );
      expect(got).toEqual(["by the old one", "by the new one"]);
    }
  });

  test("it can be changed to another one: the new key that was lost opens nothing", async () => {
    const { dir, journal } = await sealed();
    rekeyTo(journal, key(2));
    rekeyTo(open(dir, key(1)), key(3));
    expect(() => open(dir, key(2))).toThrow(unreadable);
    expect(values(open(dir, key(1)))).toEqual(ALL);
    expect(values(open(dir, key(3)))).toEqual(ALL);
  });

  test("the journal says so, and tells who asked for it; the chain holds", async () => {
    const { journal } = await sealed();
    expect(journal.sealChange).toBeNull();
    rekeyTo(journal, key(2));
    expect(journal.sealChange).toEqual({ from: key(1).id, to: key(2).id });
    const records = [];
    for await (const { record } of journal.read(4)) records.push(record);
    expect(records).toEqual([
      {
        type: "rekey-started",
        at: 7,
        from: key(1).id,
        to: key(2).id,
        dataKeys: 3,
        actor: "somebody",
      },
    ]);
    expect(journal.verifyChain().seq).toBe(4);
  });

  test("a bridge that was tampered with leads nowhere", async () => {
    const { dir, journal } = await sealed();
    rekeyTo(journal, key(2));
    journal.close();
    const db = new DatabaseSync(join(dir, "journal.db"));
    db.exec("UPDATE seal_change SET wrapped = zeroblob(48)");
    db.close();
    expect(() => open(dir, key(1))).toThrow(unreadable);
    expect(values(open(dir, key(2)))).toEqual(ALL);
  });
});

describe("once the change of the seal key is over", () => {
  test("the old key opens nothing, and is told from a wrong one", async () => {
    const { dir, journal } = await sealed();
    const wrapped = wrappedKeys(dir);
    rekeyTo(journal, key(2));
    const after = open(dir, key(2));
    const change = after.sealChange;
    if (change === null) throw new Error("no change");
    after.endRekey(change, 8);
    expect(values(after)).toEqual(ALL);
    expect(after.sealChange).toBeNull();
    expect(() => open(dir, key(1))).toThrow("the seal key was changed since");
    expect(() => open(dir, key(3))).toThrow("this is not the seal key");
    const bytes = Buffer.concat(readdirSync(dir).map((name) => readFileSync(join(dir, name))));
    expect(wrapped.filter((each) => bytes.includes(each))).toEqual([]);
  });

  test("the key can be changed again", async () => {
    const { dir, journal } = await sealed();
    rekeyTo(journal, key(2));
    const second = open(dir, key(2));
    second.endRekey({ from: key(1).id, to: key(2).id }, 8);
    rekeyTo(second, key(3));
    const third = open(dir, key(3));
    third.endRekey({ from: key(2).id, to: key(3).id }, 9);
    expect(values(third)).toEqual(ALL);
    expect(() => open(dir, key(2))).toThrow(unreadable);
  });
});

test("a journal without anything sealed gets a new key, too", () => {
  const dir = tempFolder();
  const journal = open(dir, key(1));
  const { record } = journal.startRekey({ next: newSealKey(), actor: null, at: 1 });
  expect(record).toMatchObject({ dataKeys: 0 });
});

test("one data key that does not open stops the change: nothing is different then", async () => {
  const { dir, journal } = await sealed();
  const db = new DatabaseSync(join(dir, "journal.db"));
  db.exec("UPDATE data_key SET wrapped = zeroblob(48) WHERE version = 2");
  db.close();
  expect(() => journal.startRekey({ next: key(2), actor: null, at: 1 })).toThrow(unreadable);
  expect(() => open(dir, key(2))).toThrow(unreadable);
  const again = open(dir, key(1));
  expect(again.unseal(SECRET, 3, "material")["value"]?.reveal((text) => text)).toBe("value 3");
  expect(again.verifyChain().seq).toBe(3);
});

test("who has lost the lease changes no key", async () => {
  const { dir, journal } = await sealed();
  const lease = acquireLease(dir);
  onTestFinished(() => lease.release());
  expect(() => journal.startRekey({ next: key(2), actor: null, at: 1 })).toThrow(
    expect.objectContaining({ code: "lease-lost" }),
  );
  expect(values(open(dir, key(1)))).toEqual(ALL);
});

function wrappedKeys(dir: string): readonly Buffer[] {
  const db = new DatabaseSync(join(dir, "journal.db"), { readOnly: true });
  const rows = db.prepare("SELECT wrapped FROM data_key").all();
  db.close();
  return rows.map((row) => Buffer.from(row["wrapped"] as Uint8Array));
}
