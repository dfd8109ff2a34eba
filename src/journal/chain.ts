/** The hash chain over the entries: each hash covers the one before it, so a change anywhere breaks all that follow. */
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { RotationError } from "../domain/errors.ts";
import type { Entry, JournalRecord, RecordedSeal } from "../domain/journal-record.ts";
import { canonicalJson } from "./canonical-json.ts";
import { sealedDigest } from "./sealing.ts";
import type { Sealed } from "./sealing.ts";

/** What stands before the first entry. */
export const GENESIS_HASH = "0".repeat(64);

const PAGE = 256;

/** An entry as its row holds it. `record` and `seals` are canonical JSON, and the hash is over these very texts. */
interface EntryRow {
  readonly seq: number;
  readonly epoch: number;
  readonly at: number;
  readonly type: string;
  readonly record: string;
  readonly seals: string;
  readonly hash: string;
}

export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export function chainHead(db: DatabaseSync): ChainHead {
  const row = db.prepare("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1").get();
  return row === undefined ? { seq: 0, hash: GENESIS_HASH } : (row as unknown as ChainHead);
}

export function linkEntry(
  previous: ChainHead,
  epoch: number,
  record: JournalRecord,
  seals: readonly RecordedSeal[],
): EntryRow {
  const texts = { record: canonicalJson(record), seals: canonicalJson(seals) };
  const seq = previous.seq + 1;
  const hash = hashEntry(previous.hash, { seq, epoch, ...texts });
  return { seq, epoch, at: record.at, type: record.type, ...texts, hash };
}

export function parseEntry(row: EntryRow): Entry {
  const record = JSON.parse(row.record) as JournalRecord;
  const seals = JSON.parse(row.seals) as readonly RecordedSeal[];
  return { seq: row.seq, epoch: row.epoch, record, seals, hash: row.hash };
}

/** A page of entries from `from` on; short reads, so that no long one holds up a checkpoint. */
export function readPage(db: DatabaseSync, from: number): readonly EntryRow[] {
  const sql =
    "SELECT seq, epoch, at, type, record, seals, hash FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?";
  return db.prepare(sql).all(from, PAGE) as unknown as readonly EntryRow[];
}

/** The newest entry of a kind before that one. */
export function readNewest(db: DatabaseSync, type: string, before: number): EntryRow | undefined {
  const sql =
    "SELECT seq, epoch, at, type, record, seals, hash FROM entry WHERE type = ? AND seq < ? ORDER BY seq DESC LIMIT 1";
  return db.prepare(sql).get(type, before) as EntryRow | undefined;
}

export function* readEntries(db: DatabaseSync, from: number): Generator<Entry> {
  for (const row of readRows(db, from)) yield parseEntry(row);
}

/** Throws `journal-corrupt` at the first entry, or sealed blob, that is not what was written. Gives the head. */
export function verifyChain(db: DatabaseSync): ChainHead {
  let head: ChainHead = { seq: 0, hash: GENESIS_HASH };
  const digests = new Map<string, string>();
  for (const row of readRows(db, 1)) {
    if (row.seq !== head.seq + 1) throw broken(head.seq + 1, "is missing");
    if (row.hash !== hashEntry(head.hash, row)) throw broken(row.seq, "was changed");
    const { record, seals } = parseEntry(row);
    if (record.at !== row.at || record.type !== row.type) throw broken(row.seq, "was changed");
    for (const seal of seals) digests.set(placeKey(seal.secret, seal.version, seal.row), seal.digest);
    head = { seq: row.seq, hash: row.hash };
  }
  verifySealed(db, digests);
  return head;
}

function verifySealed(db: DatabaseSync, digests: ReadonlyMap<string, string>): void {
  for (const found of db.prepare("SELECT secret, version, row, nonce, blob FROM sealed").iterate()) {
    const row = found as unknown as Sealed & { secret: string; version: number; row: string };
    if (digests.get(placeKey(row.secret, row.version, row.row)) === sealedDigest(row)) continue;
    throw new RotationError("journal-corrupt", {
      kind: "invariant",
      message: `the sealed row ${row.row} of ${row.secret} version ${row.version} is not the one that was journaled`,
      hint: "Restore journal.db from a back-up; keep the changed file for inspection.",
      subject: row.secret,
    });
  }
}

function* readRows(db: DatabaseSync, from: number): Generator<EntryRow> {
  for (let next = from; ;) {
    const page = readPage(db, next);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    next = last.seq + 1;
  }
}

function hashEntry(previousHash: string, row: Pick<EntryRow, "seq" | "epoch" | "record" | "seals">): string {
  // Canonical JSON of {epoch, record, seals, seq}, put together from the texts as they are stored.
  const body = `{"epoch":${row.epoch},"record":${row.record},"seals":${row.seals},"seq":${row.seq}}`;
  return createHash("sha256").update(previousHash).update(body).digest("hex");
}

function placeKey(secret: string, version: number, row: string): string {
  return JSON.stringify([secret, version, row]);
}

function broken(seq: number, what: string): RotationError {
  return new RotationError("journal-corrupt", {
    kind: "invariant",
    message: `the journal's hash chain breaks: entry ${seq} ${what}`,
    hint: "Compare with the audit log, and restore journal.db from a back-up; keep the changed file for inspection.",
  });
}
