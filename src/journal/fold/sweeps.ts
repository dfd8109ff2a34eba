import type { JournalRecord } from "../../domain/journal-record.ts";
import type { SweepState } from "../../domain/state.ts";
import { DAY_MS } from "../../domain/time.ts";
import type { TableWriter } from "../fold.ts";

const WATCH_MS = 7 * DAY_MS;

/** Puts a marker on the sweep list, or back on it. */
export function listForSweep(
  rows: TableWriter,
  entry: Pick<SweepState, "marker" | "secret" | "run" | "version" | "since">,
): void {
  rows.put("sweep", entry.marker, {
    ...entry,
    emptyReads: 0,
    lastReadAt: null,
    state: "listed",
    watchUntil: null,
  });
}

type SweepRecord = JournalRecord & { type: "swept" | "sweep-ended" };

export function foldSweep(rows: TableWriter, record: SweepRecord): void {
  const row = rows.get("sweep", record.marker);
  if (row === undefined) return;
  if (record.type === "swept") {
    const emptyReads = record.found > 0 ? 0 : row.emptyReads + (record.counts ? 1 : 0);
    return rows.put("sweep", record.marker, { ...row, emptyReads, lastReadAt: record.at });
  }
  switch (record.why) {
    case "absent":
      return rows.put("sweep", record.marker, { ...row, state: "watched", watchUntil: record.at + WATCH_MS });
    case "operator":
      return rows.put("sweep", record.marker, { ...row, state: "blocked" });
    case "watched":
      return rows.delete("sweep", record.marker);
  }
}
