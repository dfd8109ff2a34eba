/** What `doctor` sees of the journal and of the key that seals it. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sealOrder, startRecord } from "../../journal-records.ts";
import { tempFolder } from "../../temp-folder.ts";
import type { Finding } from "../../../src/domain/check.ts";
import { inspectChain, inspectSealed } from "../../../src/journal/inspect-journal.ts";
import { acquireLease } from "../../../src/journal/lease.ts";
import { SealKey } from "../../../src/journal/seal-key.ts";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";

const VALUE = "canary-3f90";

function key(byte = 1): SealKey {
  return new SealKey(Buffer.alloc(32, byte));
}

async function journal(): Promise<string> {
  const dir = join(tempFolder(), "state");
  const lease = acquireLease(dir);
  const open = openJournal({ dir, sealKey: key(), epoch: lease.epoch });
  await open.append(startRecord(1), [sealOrder(1, VALUE)]);
  await open.append(startRecord(2), [sealOrder(2, VALUE)]);
  open.close();
  lease.release();
  return dir;
}

function change(dir: string, sql: string): void {
  const db = new DatabaseSync(join(dir, "journal.db"));
  db.exec(sql);
  db.close();
}

function told(findings: readonly Finding[]): string {
  expect(JSON.stringify(findings)).not.toContain(VALUE);
  for (const { result, hint } of findings) if (result === "failed") expect(hint).toMatch(/\w/);
  return findings.map(({ check, result, message }) => `${check} ${result}: ${message}`).join("\n");
}

it("a journal that is whole, and its key", async () => {
  const dir = await journal();
  expect(told(inspectChain(dir))).toMatch(/^journal-chain proved: 2 entries/);
  expect(told(inspectSealed(dir, key()))).toBe("seal-key-fits proved: the key opens all 2 sealed values");
});

it("no journal yet", () => {
  expect(told(inspectChain(tempFolder()))).toMatch(/^journal-chain inferred/);
  expect(told(inspectSealed(tempFolder(), key()))).toMatch(/^seal-key-fits inferred/);
});

it("another key", async () => {
  expect(told(inspectSealed(await journal(), key(2)))).toMatch(/^seal-key-fits failed: this is not the key/);
});

it("the key before, while it is being changed", async () => {
  const dir = await journal();
  const open = openJournal({ dir, sealKey: key() });
  open.startRekey({ next: key(2), actor: null, at: 1 });
  open.close();
  for (const byte of [1, 2])
    expect(told(inspectSealed(dir, key(byte)))).toBe(
      "seal-key-fits proved: the key opens all 2 sealed values",
    );
  expect(told(inspectSealed(dir, key(3)))).toMatch(/^seal-key-fits failed: this is not the key/);
});

it("a sealed value that was changed", async () => {
  const dir = await journal();
  change(dir, "UPDATE sealed SET blob = zeroblob(40) WHERE version = 2");
  expect(told(inspectChain(dir))).toMatch(/^journal-chain failed: the sealed row/);
  expect(told(inspectSealed(dir, key()))).toMatch(/^seal-key-fits failed: .* version 2 does not open/);
});

it("an entry that is gone", async () => {
  const dir = await journal();
  change(dir, "DELETE FROM entry WHERE seq = 1");
  expect(told(inspectChain(dir))).toMatch(/^journal-chain failed: .*entry 1 is missing/);
});

it("a file that is no journal", () => {
  const dir = tempFolder();
  writeFileSync(join(dir, "journal.db"), "not a database, but long enough to be taken for one".repeat(40));
  expect(told(inspectChain(dir))).toMatch(/^journal-chain failed/);
  expect(told(inspectSealed(dir, key()))).toMatch(/^seal-key-fits failed/);
});
