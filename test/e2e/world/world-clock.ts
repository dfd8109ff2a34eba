/**
 * Lets hours pass in a moment, for keyturn and for the stand-ins alike: the stand-ins take a clock as an argument, and
 * keyturn's processes get libfaketime, which moves the wall clock and leaves the monotonic one alone.
 */
import { existsSync, rmSync } from "node:fs";

const LIBRARIES = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map(
  (arch) => `/usr/lib/${arch}/faketime/libfaketimeMT.so.1`,
);

export class WorldClock {
  #aheadMs = 0;

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** Moves on, never back. */
  advance(ms: number): void {
    this.#aheadMs += Math.max(0, Math.ceil(ms / 1000) * 1000);
  }

  /** For a process that shall live in this time. */
  get environment(): Record<string, string> {
    if (this.#aheadMs === 0) return {};
    return {
      LD_PRELOAD: faketimeLibrary(),
      FAKETIME: `+${this.#aheadMs / 1000}s`,
      DONT_FAKE_MONOTONIC: "1",
    };
  }
}

/** Throws an Error that says what is missing. */
export function faketimeLibrary(): string {
  const found = LIBRARIES.find((path) => existsSync(path));
  if (found === undefined) throw new Error("libfaketime is not there (libfaketime)");
  return found;
}

/** libfaketime leaves shared memory behind, named for the process, that only the process itself would take away. */
export function removeFaketimeTraces(pid: number): void {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`])
    rmSync(`/dev/shm/${name}`, { force: true });
}
