/** Folds entries into rows: one function per kind of record, by the row it changes. */
import type { Entry, JournalRecord } from "../domain/journal-record.ts";
import type { Tables } from "../domain/state.ts";
import { foldAttempt } from "./fold/attempts.ts";
import { foldRun } from "./fold/runs.ts";
import { foldSweep } from "./fold/sweeps.ts";
import { changeSecret, changeVersion, secretRow } from "./fold/rows.ts";

/** Where folded rows are kept. `put` replaces the whole row. */
export interface TableWriter {
  get<T extends keyof Tables>(table: T, key: string): Tables[T] | undefined;
  put<T extends keyof Tables>(table: T, key: string, row: Tables[T]): void;
  delete<T extends keyof Tables>(table: T, key: string): void;
}

/** Applies one entry to the rows. The same entries always give the same rows. */
export function fold(rows: TableWriter, entry: Entry): void {
  const record: JournalRecord = entry.record;
  switch (record.type) {
    case "intent":
    case "outcome":
      return foldAttempt(rows, record);
    case "swept":
    case "sweep-ended":
      return foldSweep(rows, record);
    case "retire-postponed":
      return changeSecret(rows, record.secret, { retireNotBefore: record.until, retireError: record.error });
    case "foreign-seen":
      return changeSecret(rows, record.secret, { foreign: record.foreign });
    case "erased":
      return foldErased(rows, record);
    case "alert":
      return foldAlert(rows, record);
    default:
      return foldRun(rows, record);
  }
}

function foldAlert(rows: TableWriter, { secret, error }: JournalRecord & { type: "alert" }): void {
  if (secret === null || error.code !== "overdue") return;
  changeSecret(rows, secret, { alarmedVersion: secretRow(rows, secret).current });
}

/** Erased versions stay known for a while: copies of them may still have to be pruned. */
const ERASED_KEPT = 20;

function foldErased(rows: TableWriter, record: JournalRecord & { type: "erased" }): void {
  if (record.version === 0) return changeSecret(rows, record.secret, { foreignContent: false });
  changeVersion(rows, record.secret, record.version, { erased: true });
  const { versions } = secretRow(rows, record.secret);
  const erased = Object.values(versions).filter((each) => each.erased);
  const surplus = erased.toSorted((a, b) => b.version - a.version).slice(ERASED_KEPT);
  const kept = Object.values(versions).filter((each) => !surplus.includes(each));
  changeSecret(rows, record.secret, {
    versions: Object.fromEntries(kept.map((each) => [String(each.version), each])),
  });
}
