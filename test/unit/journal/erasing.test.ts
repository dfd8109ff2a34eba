import { execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";
import type { SqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { SealKey } from "../../../src/journal/seal-key.ts";
import { findCanary } from "../../canary.ts";
import { runRecords, SECRET, sealOrder, startRecord } from "../../journal-records.ts";
import { tempFolder } from "../../temp-folder.ts";

function open(dir: string): SqliteJournal {
  const journal = openJournal({ dir, sealKey: new SealKey(Buffer.alloc(32, 7)) });
  onTestFinished(() => journal.close());
  return journal;
}

/** Through another process: closing a file of ours here would drop the locks that SQLite holds on it. */
function bytesOf(dir: string): Buffer {
  const files = readdirSync(dir).map((file) => join(dir, file));
  return execFileSync("cat", files, { maxBuffer: 1 << 28 });
}

/** Every sealed blob, wrapped key and nonce, by secret and version. */
function sealedBytes(dir: string): readonly { readonly place: string; readonly bytes: Buffer }[] {
  const db = new DatabaseSync(join(dir, "journal.db"), { readOnly: true });
  const sql = (columns: string, table: string): string =>
    `SELECT secret || '/' || version AS place, ${columns} FROM ${table}`;
  const rows = [
    ...db.prepare(sql("nonce, wrapped AS blob", "data_key")).all(),
    ...db.prepare(sql("nonce, blob", "sealed")).all(),
  ];
  db.close();
  return (rows as unknown as { place: string; nonce: Uint8Array; blob: Uint8Array }[]).flatMap(
    ({ place, nonce, blob }) => [
      { place, bytes: Buffer.from(nonce) },
      { place, bytes: Buffer.from(blob) },
    ],
  );
}

function erase(journal: SqliteJournal, secret: string, version: number): Promise<unknown> {
  return journal.append({ type: "erased", at: 1, secret, version });
}

test("a sealed value stands nowhere in the journal's files, in no disguise", async () => {
  const dir = tempFolder();
  const journal = open(dir);
  const canary = `canary/${randomBytes(12).toString("base64")}"é`;
  for (const { record, seal } of runRecords(1, canary).slice(0, -1)) await journal.append(record, seal);
  await journal.append(startRecord(2), [
    sealOrder(2, canary),
    sealOrder(2, canary.repeat(900), SECRET, "baseline:file:/x"),
  ]);
  expect(journal.unseal(SECRET, 1, "material")["value"]?.reveal((text) => text)).toBe(canary);
  expect(findCanary(bytesOf(dir), canary)).toEqual([]);
  journal.close();
  expect(findCanary(bytesOf(dir), canary)).toEqual([]);
});

test("what is erased is in no file any more: neither the sealed bytes nor the wrapped keys, of any size", async () => {
  const dir = tempFolder();
  const journal = open(dir);
  const versions = Array.from({ length: 60 }, (_, index) => index + 1);
  const sealed = new Map<string, Buffer[]>();
  const remember = (): void => {
    for (const { place, bytes } of sealedBytes(dir)) sealed.set(place, [...(sealed.get(place) ?? []), bytes]);
  };
  for (const version of versions) {
    const orders = ["material", "baseline:a", "baseline:b"].map((row) =>
      sealOrder(version, randomBytes(randomInt(8, 3000)).toString("hex"), SECRET, row),
    );
    await journal.append(startRecord(version), orders);
    if (version % 10 !== 0) continue;
    remember();
    await erase(journal, SECRET, version - randomInt(10));
  }
  for (const version of versions.filter((each) => each % 3 !== 0)) await erase(journal, SECRET, version);
  const kept = new Set(sealedBytes(dir).map((each) => each.place));
  const bytes = bytesOf(dir);
  const found = [...sealed]
    .filter(([, parts]) => parts.some((part) => bytes.includes(part)))
    .map(([place]) => place);
  expect(sealed.size).toBe(60);
  expect(new Set(found)).toEqual(kept);
  expect(kept.size).toBeGreaterThan(10);
  expect(() => journal.unseal(SECRET, 1, "material")).toThrow(
    expect.objectContaining({ code: "sealed-erased" }),
  );
  expect(journal.verifyChain().seq).toBeGreaterThan(60);
});

test("a reader in the way of erasing is made up for by the next append", async () => {
  const dir = tempFolder();
  const journal = open(dir);
  await journal.append(startRecord(1), [sealOrder(1, "value")]);
  const [first] = sealedBytes(dir);
  const reader = new DatabaseSync(join(dir, "journal.db"), { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM entry").get();
  await erase(journal, SECRET, 1);
  expect(bytesOf(dir).includes(first?.bytes as Buffer)).toBe(true);
  reader.exec("COMMIT");
  reader.close();
  await journal.append(startRecord(2));
  expect(statSync(join(dir, "journal.db-wal")).size).toBe(0);
  expect(bytesOf(dir).includes(first?.bytes as Buffer)).toBe(false);
});
