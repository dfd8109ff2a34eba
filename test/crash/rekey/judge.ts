/** What is wrong with a journal and its seal key's file after a change of the key that may have been cut off anywhere. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSealedJournal } from "../../../src/compose/sealed-journal.ts";
import { RotationError } from "../../../src/domain/errors.ts";
import { acquireLease } from "../../../src/journal/lease.ts";
import { loadSealKey, SealKey } from "../../../src/journal/seal-key.ts";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";
import type { SqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { findCanary } from "../../canary.ts";
import { V1_KEY, V1_SECRET, V1_VALUES } from "../../fixtures/journal-v1.ts";

export interface KeyAndState {
  readonly stateDir: string;
  readonly sealKeyFile: string;
}

export const OLD_KEY_ID = new SealKey(Buffer.from(V1_KEY)).id;

/** The data keys of the fixture, wrapped by the old key. */
export function wrappedBytes(stateDir: string): readonly Buffer[] {
  const db = new DatabaseSync(join(stateDir, "journal.db"), { readOnly: true });
  const rows = db.prepare("SELECT wrapped FROM data_key").all();
  db.close();
  return rows.map((row) => Buffer.from(row["wrapped"] as Uint8Array));
}

/** `wrapped` are the data keys as the old key wrapped them. The next start comes first: it is what must mend everything. */
export function faultsAfter(at: KeyAndState, wrapped: readonly Buffer[], said: string): string[] {
  const cutOff = fileFaults(at).map((what) => `before the next start: ${what}`);
  try {
    start(at);
  } catch (thrown) {
    const why = thrown instanceof RotationError ? thrown.code : String(thrown);
    return [...cutOff, `the next start fails: ${why}`];
  }
  const changed = loadSealKey(at.sealKeyFile).id !== OLD_KEY_ID;
  return [
    ...cutOff,
    ...fileFaults(at),
    ...(existsSync(leftover(at)) && changed ? ["a new key is left beside the file"] : []),
    ...(said === "done" && !changed ? ["done, and the file holds the old key"] : []),
    ...(changed ? oldKeyFaults(at, wrapped) : []),
  ];
}

/** As any worker starts; and everything must open. */
function start({ stateDir, sealKeyFile }: KeyAndState): void {
  const lease = acquireLease(stateDir);
  try {
    const place = { config: { stateDir, sealKeyFile }, env: {}, epoch: lease.epoch };
    const { journal, unfinished } = openSealedJournal(place);
    try {
      if (unfinished !== null) throw unfinished;
      if (journal.sealChange !== null) throw new Error("a change is under way still");
      if (!opensEverything(journal)) throw new Error("another value");
      journal.verifyChain();
    } finally {
      journal.close();
    }
  } finally {
    lease.release();
  }
}

function opensEverything(journal: SqliteJournal): boolean {
  return V1_VALUES.every((value, index) =>
    journal.unseal(V1_SECRET, index + 1, "material")["value"]?.reveal((text) => text === value),
  );
}

/** Whole, and nobody else's, at every moment. */
function fileFaults({ sealKeyFile }: KeyAndState): string[] {
  const { mode } = statSync(sealKeyFile);
  const faults = (mode & 0o777) === 0o600 ? [] : [`the file has mode ${(mode & 0o777).toString(8)}`];
  try {
    loadSealKey(sealKeyFile);
    return faults;
  } catch {
    return [...faults, "the file holds no key"];
  }
}

function oldKeyFaults({ stateDir, sealKeyFile }: KeyAndState, wrapped: readonly Buffer[]): string[] {
  const files = readdirSync(stateDir, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  const bytes = Buffer.concat(files.map((each) => readFileSync(join(each.parentPath, each.name))));
  const key = readFileSync(sealKeyFile, "latin1").trim();
  return [
    ...(wrapped.some((each) => bytes.includes(each)) ? ["what the old key wrapped is still there"] : []),
    ...(files.some((each) => each.parentPath.endsWith("backups")) ? ["a copy that the old key opens"] : []),
    ...findCanary(bytes, key).map((form) => `the new key stands in the state folder: ${form}`),
    ...(bytes.includes(Buffer.from(key, "base64")) ? ["the new key's bytes stand in the state folder"] : []),
    ...(oldKeyOpens(stateDir) ? ["the old key opens the journal"] : []),
  ];
}

function oldKeyOpens(dir: string): boolean {
  try {
    openJournal({ dir, sealKey: new SealKey(Buffer.from(V1_KEY)) }).close();
    return true;
  } catch (thrown) {
    if (thrown instanceof RotationError && thrown.code === "sealed-unreadable") return false;
    throw thrown;
  }
}

function leftover({ sealKeyFile }: KeyAndState): string {
  return join(dirname(sealKeyFile), ".seal.key.keyturn");
}
