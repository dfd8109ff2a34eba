import type { OpenFinding, ScanFinding } from "../domain/scan.ts";
import type { Instant } from "../domain/time.ts";

/** How a scan differs from the one before it. */
export interface ScanChange {
  /** All that is there now, as long as there is room. */
  readonly open: readonly OpenFinding[];
  readonly appeared: readonly OpenFinding[];
  readonly cleared: readonly OpenFinding[];
  /** Findings that there was no room for. */
  readonly untold: number;
}

/** A record of the journal holds them all; beyond that, somebody has one thing to mend, and not thousands. */
const MOST_OPEN = 500;

export function compareScans(
  before: readonly OpenFinding[],
  found: readonly ScanFinding[],
  at: Instant,
): ScanChange {
  const known = new Map(before.map((finding) => [finding.id, finding]));
  const distinct = [...new Map(found.map((finding) => [finding.id, finding])).values()];
  // What is known stays, so that a crowd of new ones cannot clear it.
  const ranked = distinct.toSorted((a, b) => Number(known.has(b.id)) - Number(known.has(a.id)));
  const open = ranked.slice(0, MOST_OPEN).map((one) => ({ ...one, since: known.get(one.id)?.since ?? at }));
  const now = new Set(distinct.map(({ id }) => id));
  return {
    open,
    appeared: open.filter(({ id }) => !known.has(id)),
    cleared: before.filter(({ id }) => !now.has(id)),
    untold: distinct.length - open.length,
  };
}
