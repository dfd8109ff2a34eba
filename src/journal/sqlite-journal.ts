import { RotationError } from "../domain/errors.ts";
import type { Entry, JournalRecord } from "../domain/journal-record.ts";
import type { Material } from "../domain/material.ts";
import type { Journal, SealOrder, TableReader } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import type { RunId, SecretName, VersionNumber } from "../domain/version.ts";
import { chainHead, linkEntry, parseEntry } from "./chain.ts";
import type { ChainHead } from "./chain.ts";
import { checkpoint } from "./checkpoint.ts";
import { readEpoch } from "./epoch.ts";
import { fold } from "./fold.ts";
import { requireHeadroom } from "./headroom.ts";
import { isDiskFull, isSqliteError, journalError } from "./journal-error.ts";
import { readerOf } from "./journal-reader.ts";
import type { JournalReader, OpenJournal } from "./journal-reader.ts";
import { openForWriting } from "./open-for-writing.ts";
import type { OpenForWriting } from "./open-for-writing.ts";
import { writePolicyProjection } from "./policy-projection.ts";
import type { PolicyProjection } from "./policy-projection.ts";
import type { SealKey } from "./seal-key.ts";
import { endSealChange, readSealChange, startSealChange } from "./seal-change.ts";
import type { SealChange } from "./seal-change.ts";
import { unreadable } from "./sealing.ts";
import { foldAnew } from "./upgrade.ts";

export interface JournalOptions {
  /** `state.dir`. */
  readonly dir: string;
  /** Without it nothing can be sealed or unsealed. */
  readonly sealKey?: SealKey;
  /** The lease's epoch; without it, the journal's newest. */
  readonly epoch?: number;
}

export interface RekeyOrder {
  readonly next: SealKey;
  readonly actor: string | null;
  readonly at: Instant;
}

export function openJournal(options: JournalOptions): SqliteJournal {
  return new SqliteJournal(options);
}

/** The journal on one SQLite file. Calls run to their end one after the other; nothing is kept in memory between them. */
export class SqliteJournal implements Journal, JournalReader {
  readonly tables: TableReader;
  readonly epoch: number;
  readonly #dir: string;
  readonly #sealKey: SealKey | null;
  readonly #reader: Omit<JournalReader, "close">;
  #opened: OpenForWriting | null;
  #closed = false;
  /** A checkpoint that a reader stood in the way of: erased bytes are still in the -wal. */
  #checkpointOwed = false;

  constructor(options: JournalOptions) {
    this.#dir = options.dir;
    this.#sealKey = options.sealKey ?? null;
    this.#opened = openForWriting(this.#dir, this.#sealKey);
    this.epoch = options.epoch ?? readEpoch(this.#opened.db);
    this.#reader = readerOf(() => this.#current());
    this.tables = this.#reader.tables;
    this.#settleLog();
  }

  async append(record: JournalRecord, seal: readonly SealOrder[] = []): Promise<Entry> {
    if (record.type === "intent" && record.direction === "do") requireHeadroom(this.#dir);
    const entry = this.#transact("append to the journal", (journal) => this.#write(journal, record, seal));
    if (record.type === "erased") this.#checkpointOwed = true;
    if (this.#checkpointOwed) this.#checkpoint();
    return entry;
  }

  read(from?: number): AsyncIterable<Entry> {
    return this.#reader.read(from);
  }

  newest(type: JournalRecord["type"]): Iterable<Entry> {
    return this.#reader.newest(type);
  }

  unseal(secret: SecretName, version: VersionNumber, row: string): Material {
    try {
      return this.#current().sealed.open(secret, version, row);
    } catch (thrown) {
      throw journalError(thrown, "read the journal");
    }
  }

  history(secret?: SecretName, limit?: number): readonly RunState[] {
    return this.#reader.history(secret, limit);
  }

  run(id: RunId): RunState | undefined {
    return this.#reader.run(id);
  }

  policies<T>(): PolicyProjection<T> | null {
    return this.#reader.policies<T>();
  }

  writePolicies(fingerprint: string, rows: readonly unknown[]): void {
    if (this.policies()?.fingerprint === fingerprint) return;
    this.#transact("project the policies", ({ db }) => {
      writePolicyProjection(db, fingerprint, rows);
      return null;
    });
  }

  verifyChain(): ChainHead {
    return this.#reader.verifyChain();
  }

  /** The key that the journal is sealed with. */
  get sealKey(): SealKey {
    const { sealKey } = this.#current();
    if (sealKey !== null) return sealKey;
    throw unreadable("the journal was opened without a seal key", null);
  }

  /** The id of the key that the journal was opened with: the one in the file. */
  get fileKeyId(): string | null {
    return this.#sealKey?.id ?? null;
  }

  get sealChange(): SealChange | null {
    return readSealChange(this.#current().db);
  }

  /** Seals every data key anew; until `endRekey`, the key that was given opens the journal as well as `next`. */
  startRekey({ next, actor, at }: RekeyOrder): Entry {
    const [current, file] = [this.sealKey, this.#sealKey ?? this.sealKey];
    const change = { from: file.id, to: next.id };
    const entry = this.#transact("change the seal key", (journal) => {
      const dataKeys = startSealChange(journal.db, { current, file, next });
      return this.#write(journal, { type: "rekey-started", at, ...change, dataKeys, actor }, []);
    });
    this.#drop();
    this.#checkpoint();
    return entry;
  }

  /** The caller knows that the key's file holds the new key for good. */
  endRekey(change: SealChange, at: Instant): Entry {
    const entry = this.#transact("end the change of the seal key", (journal) => {
      endSealChange(journal.db, change);
      return this.#write(journal, { type: "rekey-ended", at, ...change }, []);
    });
    this.#checkpoint();
    return entry;
  }

  /** Folds every entry again from nothing. */
  rebuild(): void {
    this.#transact("rebuild the journal's tables", ({ db }) => {
      foldAnew(db);
      return null;
    });
  }

  close(): void {
    if (this.#closed) return;
    if (this.#checkpointOwed) this.#checkpoint();
    this.#drop();
    this.#closed = true;
  }

  #write({ db, tables, sealed }: OpenForWriting, record: JournalRecord, orders: readonly SealOrder[]): Entry {
    const row = linkEntry(chainHead(db), this.epoch, record, sealed.put(orders));
    const sql = "INSERT INTO entry (seq, epoch, at, type, record, seals, hash) VALUES (?, ?, ?, ?, ?, ?, ?)";
    db.prepare(sql).run(row.seq, row.epoch, row.at, row.type, row.record, row.seals, row.hash);
    // Folded from the stored text, as `rebuild` does: what JSON cannot carry cannot make the two differ.
    const entry = parseEntry(row);
    fold(tables, entry);
    if (record.type === "erased") sealed.erase(record.secret, record.version);
    return entry;
  }

  /**
   * Runs `work` in a transaction of this epoch. A failed COMMIT can still be durable, so the answer is read back from
   * the file through a new handle; what a failed fsync left is never trusted and never synced again by the old one.
   */
  #transact<T extends Entry | null>(doing: string, work: (journal: OpenForWriting) => T): T {
    const journal = this.#current();
    let committing: { readonly written: T } | null = null;
    try {
      journal.db.exec("BEGIN IMMEDIATE");
      this.#requireLease(journal);
      const written = work(journal);
      committing = { written };
      journal.db.exec("COMMIT");
      return written;
    } catch (thrown) {
      if (!isSqliteError(thrown) || isDiskFull(thrown)) {
        // SQLite reports a full disk for writes only: the commit has not been written, and nothing waits for a sync.
        this.#rollBack(journal);
        throw journalError(thrown, doing);
      }
      this.#drop();
      const failure = journalError(thrown, doing);
      if (committing !== null && this.#isDurable(committing.written, failure)) return committing.written;
      throw failure;
    }
  }

  /** Whether the entry stands in the file after all. Throws `outcome-unknown` when that cannot be told. */
  #isDurable(entry: Entry | null, failure: RotationError): boolean {
    if (entry === null) return false;
    try {
      const { db } = this.#current();
      const found = db.prepare("SELECT hash FROM entry WHERE seq = ?").get(entry.seq)?.["hash"];
      // What is there may be in the page cache only, and what is not there may still stand in a log that a reader
      // keeps, and come back. A checkpoint settles both: the main file is written anew and synced, the log cut.
      if (checkpoint(db)) return found === entry.hash;
    } catch {
      // Whatever it is, it leaves the question open.
    }
    throw new RotationError(failure.code, {
      kind: "outcome-unknown",
      message: `${failure.message}; whether the entry was kept is not known`,
      ...(failure.hint === null ? {} : { hint: failure.hint }),
    });
  }

  #requireLease({ db }: OpenForWriting): void {
    const epoch = readEpoch(db);
    if (epoch === this.epoch) return;
    throw new RotationError("lease-lost", {
      kind: "invariant",
      message: `the lease of epoch ${this.epoch} is over: epoch ${epoch} has begun`,
      hint: "Another keyturn process took over and carries on; nothing needs to be done.",
    });
  }

  /**
   * Makes durable what a killed writer left in the page cache, and ends a checkpoint that it owed. When that fails, the
   * log may have a hole that everything appended after it would be lost behind: then nothing is begun.
   */
  #settleLog(): void {
    try {
      this.#checkpointOwed = !checkpoint(this.#current().db);
    } catch (thrown) {
      this.close();
      throw journalError(thrown, "open the journal");
    }
  }

  #checkpoint(): void {
    try {
      this.#checkpointOwed = !checkpoint(this.#current().db);
    } catch {
      // The record that asked for it is durable; the checkpoint is owed until one passes. Nothing that this handle
      // syncs from here on could be believed, so the next call opens the file anew.
      this.#checkpointOwed = true;
      this.#drop();
    }
  }

  #current(): OpenForWriting {
    if (this.#closed) {
      throw new RotationError("journal-unavailable", {
        kind: "invariant",
        message: "the journal was closed",
      });
    }
    this.#opened ??= openForWriting(this.#dir, this.#sealKey);
    return this.#opened;
  }

  #rollBack({ db }: OpenJournal): void {
    try {
      if (db.isTransaction) db.exec("ROLLBACK");
    } catch {
      this.#drop();
    }
  }

  #drop(): void {
    const dropped = this.#opened;
    this.#opened = null;
    try {
      dropped?.db.close();
    } catch {
      // It failed before; the file is read again through a new handle.
    }
  }
}
