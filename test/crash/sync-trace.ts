/** Reads a journal's system calls as strace wrote them down. */

/** One call, by its place among those of its name. */
export interface SyncPoint {
  readonly syscall: string;
  readonly nth: number;
}

const SYNC = /^(fsync|fdatasync)\((\d+)</;
const WAL_WRITE = /^pwrite64\(\d+<[^>]*-wal>/;
/** What the child says: `open`, then a line for every record. */
const SAID = /^write\(1<.*>, "(\w+)/;

/** The syncs of commits of records. A checkpoint's are none: it syncs the log without having written to it. */
export function commitSyncs(trace: readonly string[]): readonly SyncPoint[] {
  const points: SyncPoint[] = [];
  const counts = new Map<string, number>();
  let open = false;
  let written = false;
  for (const line of trace) {
    if (SAID.test(line)) open = true;
    if (WAL_WRITE.test(line)) written = true;
    const syscall = SYNC.exec(line)?.[1];
    if (syscall === undefined) continue;
    const nth = (counts.get(syscall) ?? 0) + 1;
    counts.set(syscall, nth);
    if (open && written && line.includes("-wal>")) points.push({ syscall, nth });
    if (line.includes("-wal>")) written = false;
  }
  return points;
}

/**
 * What breaks the rule after a sync that fails: its descriptor is closed before the caller is told anything. SQLite's own
 * last checkpoint, in the closing, may sync it once more. Nothing rests on that: nothing was written there since, the
 * record is not acknowledged, and those before it have been synced by their own commits.
 */
export function retriedSyncs(trace: readonly string[]): string[] {
  const failed = trace.findIndex((line) => line.includes("(INJECTED)"));
  const descriptor = SYNC.exec(trace[failed] ?? "")?.[2];
  if (descriptor === undefined) throw new Error("no sync failed: strace injected nothing");
  const after = trace.slice(failed + 1);
  const closed = after.findIndex((line) => line.startsWith(`close(${descriptor}<`));
  const still = closed === -1 ? after : after.slice(0, closed);
  const faults = still.filter((line) => SAID.test(line)).map((line) => `before it is closed: ${line}`);
  const again = still.findIndex((line) => SYNC.exec(line)?.[2] === descriptor);
  if (again === -1) return faults;
  const written = still.slice(0, again).filter((line) => line.startsWith(`pwrite64(${descriptor}<`));
  const said = after.find((line) => SAID.test(line)) ?? "nothing said";
  return [
    ...faults,
    ...written.map((line) => `written, then synced again: ${line}`),
    ...(SAID.exec(said)?.[1] === "T" ? [] : [`synced again, then: ${said}`]),
  ];
}
