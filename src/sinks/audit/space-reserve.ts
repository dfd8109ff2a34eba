import { randomFillSync } from "node:crypto";
import { closeSync, fsyncSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from "node:fs";

const RESERVE_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * Disk space kept for the time when there is none: a file that is given up so that what was begun can be undone, and
 * the undoing recorded.
 */
export class SpaceReserve {
  readonly #path: string;
  readonly #bytes: number;

  constructor(path: string, bytes = RESERVE_BYTES) {
    this.#path = path;
    this.#bytes = bytes;
  }

  /** Makes sure that the space is set aside. Throws the system's error when it cannot be, and leaves nothing behind. */
  ensure(): void {
    if (this.#isWhole()) return;
    try {
      fill(this.#path, this.#bytes);
    } catch (thrown) {
      rmSync(this.#path, { force: true });
      throw thrown;
    }
  }

  /** Gives the space up; `false` when there was none. */
  release(): boolean {
    if (!this.#isWhole()) return false;
    const file = openSync(this.#path, "r+");
    try {
      ftruncateSync(file, 0);
      // Some file systems hand freed blocks out again only after this.
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return true;
  }

  #isWhole(): boolean {
    return statSync(this.#path, { throwIfNoEntry: false })?.size === this.#bytes;
  }
}

/** Random bytes: neither a sparse file nor one that the file system compresses would set anything aside. */
function fill(path: string, bytes: number): void {
  const file = openSync(path, "w", 0o600);
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let written = 0; written < bytes;) {
      randomFillSync(chunk);
      written += writeSync(file, chunk, 0, Math.min(CHUNK_BYTES, bytes - written));
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
