/**
 * One worker at a time: `BEGIN EXCLUSIVE`, held on a file of its own. The operating system keeps the lock while the
 * process lives, stopped or not, and frees it when it dies. What a former holder still sends to the journal is refused
 * by the epoch that every holder begins.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RotationError } from "../domain/errors.ts";
import type { Clock } from "../domain/time.ts";
import { openDatabase, prepareFolder, preparePrivateFile } from "./database.ts";
import { nextEpoch } from "./epoch.ts";
import { isBusy, journalError } from "./journal-error.ts";

const POLL_MS = 500;

export interface Lease {
  /** Greater than that of every holder before. */
  readonly epoch: number;
  release(): void;
}

/** What it is taken for; a lockdown does not end another one to take it. */
export type LeasePurpose = "work" | "lockdown";

/** Takes the lease on the journal in `dir`, or throws `lease-held` at once. */
export function acquireLease(dir: string, purpose: LeasePurpose = "work"): Lease {
  try {
    prepareFolder(dir);
    const lock = lockFile(dir);
    try {
      const epoch = beginEpoch(dir);
      // Removed first: a holder that was killed may have been another user.
      rmSync(pidPath(dir), { force: true });
      writeFileSync(pidPath(dir), `${process.pid}\n${purpose}\n`, { mode: 0o600 });
      return { epoch, release: () => release(dir, lock) };
    } catch (thrown) {
      lock.close();
      throw thrown;
    }
  } catch (thrown) {
    throw journalError(thrown, "take the lease");
  }
}

/** Takes the lease as soon as it is free. */
export async function waitForLease(
  dir: string,
  clock: Clock,
  signal: AbortSignal,
  { purpose = "work", pollMs = POLL_MS }: { readonly purpose?: LeasePurpose; readonly pollMs?: number } = {},
): Promise<Lease> {
  for (;;) {
    try {
      return acquireLease(dir, purpose);
    } catch (thrown) {
      if (!(thrown instanceof RotationError) || thrown.code !== "lease-held") throw thrown;
    }
    await clock.sleep(pollMs, signal);
  }
}

function lockFile(dir: string): DatabaseSync {
  const path = join(dir, "lease.db");
  preparePrivateFile(path);
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    // In memory: nothing is ever written, and no journal file may outlive a killed holder.
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return lock;
  } catch (thrown) {
    lock.close();
    throw isBusy(thrown) ? held(dir) : thrown;
  }
}

function beginEpoch(dir: string): number {
  const db = openDatabase(dir);
  try {
    return nextEpoch(db);
  } finally {
    db.close();
  }
}

function release(dir: string, lock: DatabaseSync): void {
  if (!lock.isOpen) return;
  rmSync(pidPath(dir), { force: true });
  lock.close();
}

/** Tells people who holds the lease; nothing is decided by it. */
function pidPath(dir: string): string {
  return join(dir, "lease.pid");
}

function held(dir: string): RotationError {
  const pid = readHolder(dir);
  return new RotationError("lease-held", {
    kind: "rejected",
    message: `another keyturn process${pid === null ? "" : ` (pid ${pid})`} is working on ${dir}`,
    hint: "Wait until it is done, or use --wait.",
  });
}

function readHolder(dir: string): number | null {
  try {
    const pid = Number(readFileSync(pidPath(dir), "utf8").split("\n")[0]);
    return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
