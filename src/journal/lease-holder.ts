/**
 * Who holds the lease, asked of the kernel: a process id in a file may be old, and belong to somebody else by now. SQLite
 * locks with `fcntl`, and /proc/locks lists who holds such a lock on which file.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface LeaseHolder {
  readonly pid: number;
  /** It is a lockdown itself. */
  readonly isLockdown: boolean;
}

/** Null when nobody does, and where the kernel does not tell. */
export function findLeaseHolder(dir: string): LeaseHolder | null {
  const pid = lockingPid(join(dir, "lease.db"));
  if (pid === null) return null;
  return { pid, isLockdown: purposeOf(dir, pid) === "lockdown" };
}

/** `1: POSIX  ADVISORY  WRITE 4711 fd:01:131093 1073741824 1073742335` */
const LOCK = /^\d+: POSIX\s+\S+\s+WRITE\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/;

function lockingPid(path: string): number | null {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return null;
  for (const line of readLocks()) {
    const [, pid, inode] = LOCK.exec(line) ?? [];
    if (Number(inode) === file.ino && Number(pid) > 0 && hasOpen(Number(pid), file)) return Number(pid);
  }
  return null;
}

function readLocks(): readonly string[] {
  try {
    return readFileSync("/proc/locks", "utf8").split("\n");
  } catch {
    return [];
  }
}

/** An inode number alone could be another file system's. */
function hasOpen(pid: number, { dev, ino }: { readonly dev: number; readonly ino: number }): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((name) => {
      const stat = statSync(`/proc/${pid}/fd/${name}`, { throwIfNoEntry: false });
      return stat?.dev === dev && stat.ino === ino;
    });
  } catch {
    return false;
  }
}

/** What the holder wrote beside the lease. */
function purposeOf(dir: string, pid: number): string | null {
  try {
    const [written, purpose = null] = readFileSync(join(dir, "lease.pid"), "utf8").split("\n");
    return Number(written) === pid ? purpose : null;
  } catch {
    return null;
  }
}
