/** Which scans are due, and when the next one is. Pure. */
import type { JournalRecord } from "../domain/journal-record.ts";
import type { ScanName, ScanPolicy } from "../domain/scan.ts";
import type { Instant } from "../domain/time.ts";
import { nextCronTime } from "../schedule/cron-times.ts";
import type { JournalLook } from "./journal-view.ts";

export type ScanTimes = Pick<ScanPolicy, "scan" | "cron" | "timezone">;

export interface ScanAgenda {
  readonly due: readonly ScanName[];
  /** The earliest instant at which another one is; null for never. */
  readonly nextAt: Instant | null;
}

/**
 * A scan is due at the first of its times after the last one; one that never ran is due at once, and times that were missed
 * are made up for by one scan. After a clock that was set back nothing is due before its time comes anew.
 */
export function scanAgenda(
  scans: readonly ScanTimes[],
  journal: Pick<JournalLook, "newest">,
  now: Instant,
): ScanAgenda {
  const last = lastScans(scans, journal);
  const due: ScanName[] = [];
  let nextAt: Instant | null = null;
  for (const { scan, cron, timezone } of scans) {
    const lastAt = last.get(scan);
    const at = lastAt === undefined ? now : nextCronTime(cron, timezone, lastAt);
    if (at === null) continue;
    if (at <= now) due.push(scan);
    else nextAt = Math.min(nextAt ?? at, at);
  }
  return { due, nextAt };
}

/** Reads back no further than it must. */
function lastScans(
  scans: readonly ScanTimes[],
  journal: Pick<JournalLook, "newest">,
): ReadonlyMap<ScanName, Instant> {
  const wanted = new Set(scans.map(({ scan }) => scan));
  const found = new Map<ScanName, Instant>();
  if (wanted.size === 0) return found;
  for (const { record } of journal.newest("certificates-scanned")) {
    const { scan, at } = record as JournalRecord & { type: "certificates-scanned" };
    if (wanted.delete(scan)) found.set(scan, at);
    if (wanted.size === 0) break;
  }
  return found;
}
