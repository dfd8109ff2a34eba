/**
 * The gating sink: an intent's effect may start only when `observe` has resolved, and then the intent is on disk here.
 * When the disk is full nothing new may start, but what undoes, ends or reports is written with space set aside.
 */
import { join } from "node:path";
import type { Entry } from "../../domain/journal-record.ts";
import type { Journal, Sink } from "../../domain/ports.ts";
import { auditDiverged, auditUnwritable, isNoSpace } from "./audit-error.ts";
import { AuditFolder } from "./audit-folder.ts";
import type { AuditHead } from "./audit-folder.ts";
import { formatAuditLine } from "./audit-line.ts";
import { SpaceReserve } from "./space-reserve.ts";

const CATCH_UP_ENTRIES = 256;

export interface AuditOptions {
  /** `audit.dir`. */
  readonly dir: string;
}

export interface AuditSink extends Sink {
  readonly gating: true;
  /** Writes what the journal has beyond the log. Needed once, before the first `observe`. */
  catchUp(journal: Pick<Journal, "read">): Promise<void>;
  close(): void;
}

export function openAuditSink(options: AuditOptions): AuditSink {
  return new FileAuditSink(options);
}

class FileAuditSink implements AuditSink {
  readonly kind = "audit";
  readonly gating = true;
  readonly #dir: string;
  readonly #folder: AuditFolder;
  readonly #reserve: SpaceReserve;
  #head: AuditHead;
  /** Observed, and not on disk yet: written, in order, before anything newer. */
  #pending: Entry[] = [];

  constructor({ dir }: AuditOptions) {
    this.#dir = dir;
    try {
      this.#folder = new AuditFolder(dir);
      this.#head = this.#folder.head() ?? { seq: 0, hash: "" };
    } catch (thrown) {
      throw auditUnwritable(thrown, dir);
    }
    this.#reserve = new SpaceReserve(join(dir, "reserve"));
  }

  async observe(entry: Entry): Promise<void> {
    this.#enqueue(entry);
    this.#flush(mayUseReserve(entry));
  }

  async catchUp(journal: Pick<Journal, "read">): Promise<void> {
    let met = this.#head.seq === 0;
    for await (const entry of journal.read(Math.max(1, this.#head.seq))) {
      met = true;
      this.#enqueue(entry);
      if (this.#pending.length >= CATCH_UP_ENTRIES) this.#flush(true);
    }
    if (!met) {
      throw auditDiverged(
        `the audit log reaches entry ${this.#head.seq}, and the journal ends before`,
        this.#dir,
      );
    }
    this.#flush(true);
  }

  close(): void {
    this.#folder.close();
  }

  #enqueue(entry: Entry): void {
    if (entry.seq === this.#head.seq && entry.hash !== this.#head.hash) {
      throw auditDiverged(
        `entry ${entry.seq} is another one in the audit log than in the journal`,
        this.#dir,
      );
    }
    const last = this.#pending.at(-1)?.seq ?? this.#head.seq;
    if (entry.seq <= last) return;
    if (entry.seq > last + 1)
      throw auditDiverged(`entries ${last + 1} to ${entry.seq - 1} did not reach the audit log`, this.#dir);
    this.#pending.push(entry);
  }

  #flush(mayUseReserve: boolean): void {
    try {
      // What may start something must leave the reserve whole, or nothing would be left to undo it with.
      if (!mayUseReserve) this.#reserve.ensure();
      this.#write();
    } catch (thrown) {
      if (!mayUseReserve || !isNoSpace(thrown) || !this.#giveUpReserve())
        throw auditUnwritable(thrown, this.#dir);
    }
  }

  #giveUpReserve(): boolean {
    try {
      if (!this.#reserve.release()) return false;
      this.#write();
      return true;
    } catch (thrown) {
      throw auditUnwritable(thrown, this.#dir);
    }
  }

  /** Everything pending, a day's file at a time. */
  #write(): void {
    while (this.#pending.length > 0) {
      const day = takeDay(this.#pending);
      const last = day.at(-1) as Entry;
      this.#folder.append(last.record.at, Buffer.from(day.map(formatAuditLine).join("")));
      this.#head = { seq: last.seq, hash: last.hash };
      this.#pending = this.#pending.slice(day.length);
    }
  }
}

/** Only what starts a new effect has to wait for space; undoing and reporting do not. */
function mayUseReserve({ record }: Entry): boolean {
  return record.type !== "intent" || record.direction === "undo";
}

/** The entries from the front that belong to one day. */
function takeDay(entries: readonly Entry[]): readonly Entry[] {
  const dayOf = (entry: Entry): string => new Date(entry.record.at).toISOString().slice(0, 10);
  const first = entries[0] as Entry;
  const end = entries.findIndex((entry) => dayOf(entry) !== dayOf(first));
  return end === -1 ? entries : entries.slice(0, end);
}
