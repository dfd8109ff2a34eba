/** The audit log's files: one a day, lines only ever added, each file's last line whole once it has been looked at. */
import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Instant } from "../../domain/time.ts";
import { auditDiverged } from "./audit-error.ts";
import { parseAuditLine } from "./audit-line.ts";
import { lastWholeLine } from "./last-whole-line.ts";

export const AUDIT_FILE = /^audit-\d{4}-\d{2}-\d{2}\.jsonl$/;

export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

export class AuditFolder {
  readonly #dir: string;
  /** How long each file was when its content was last known to be durable. */
  readonly #sizes = new Map<string, number>();
  #open: { readonly name: string; readonly descriptor: number } | null = null;

  constructor(dir: string) {
    this.#dir = dir;
    if (mkdirSync(dir, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(join(dir, ".."));
  }

  /** The newest line of all files; `null` when there is none. A torn last line is cut off: nobody was told of it. */
  head(): AuditHead | null {
    let head: AuditHead | null = null;
    for (const name of readdirSync(this.#dir).filter((file) => AUDIT_FILE.test(file))) {
      const last = this.#repairTail(name);
      if (last !== null && (head === null || last.seq > head.seq)) head = last;
    }
    return head;
  }

  /** Adds lines to the day's file, durably. After a failure the file ends where it did, or is cut there by the next try. */
  append(at: Instant, lines: Buffer): void {
    const name = `audit-${new Date(at).toISOString().slice(0, 10)}.jsonl`;
    const file = this.#descriptor(name);
    const size = this.#sizes.get(name) ?? 0;
    try {
      writeFully(file, lines, size);
      fdatasyncSync(file);
    } catch (thrown) {
      // What a failed sync left in the page cache counts as written there: only new writes through a new handle do.
      this.#discard(file, size);
      throw thrown;
    }
    this.#sizes.set(name, size + lines.length);
  }

  close(): void {
    if (this.#open !== null) closeSync(this.#open.descriptor);
    this.#open = null;
  }

  #descriptor(name: string): number {
    if (this.#open?.name === name) return this.#open.descriptor;
    this.close();
    const descriptor = openPrivately(join(this.#dir, name));
    try {
      const known = this.#sizes.get(name);
      if (known === undefined) syncFolder(this.#dir);
      cutTo(descriptor, known ?? 0, join(this.#dir, name));
    } catch (thrown) {
      closeSync(descriptor);
      throw thrown;
    }
    this.#open = { name, descriptor };
    return descriptor;
  }

  #discard(file: number, size: number): void {
    try {
      ftruncateSync(file, size);
    } catch {
      // The next try cuts it when it opens the file.
    }
    this.close();
  }

  #repairTail(name: string): AuditHead | null {
    const descriptor = openPrivately(join(this.#dir, name));
    try {
      const length = fstatSync(descriptor).size;
      const { end, line } = lastWholeLine(descriptor, length);
      if (end < length) {
        ftruncateSync(descriptor, end);
        fsyncSync(descriptor);
      }
      this.#sizes.set(name, end);
      if (line === null) return null;
      const head = parseAuditLine(line);
      if (head === null)
        throw auditDiverged(`the last line of ${name} is not one that keyturn wrote`, this.#dir);
      return head;
    } finally {
      closeSync(descriptor);
    }
  }
}

/** What stands beyond the known end is of a try that failed. */
function cutTo(file: number, end: number, path: string): void {
  const { size } = fstatSync(file);
  if (size < end) throw auditDiverged(`${path} is shorter than what was written to it`, dirname(path));
  if (size > end) ftruncateSync(file, end);
}

function openPrivately(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  if ((fstatSync(descriptor).mode & 0o077) !== 0) fchmodSync(descriptor, 0o600);
  return descriptor;
}

function writeFully(file: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}

function syncFolder(dir: string): void {
  const descriptor = openSync(dir, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
