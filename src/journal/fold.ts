/** Folds entries into rows: one function per kind of record, by the row it changes. */
import { withAdoption } from "../domain/adoption.ts";
import type { Entry, JournalRecord } from "../domain/journal-record.ts";
import type { Tables } from "../domain/state.ts";
import { foldAttempt } from "./fold/attempts.ts";
import { foldLockdown, foldRunOfLockdown } from "./fold/lockdowns.ts";
import { foldRun } from "./fold/runs.ts";
import { foldSweep } from "./fold/sweeps.ts";
import { changeSecret, changeVersion, secretRow } from "./fold/rows.ts";

type Of<T extends JournalRecord["type"]> = JournalRecord & { type: T };

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
      return foldForeign(rows, record);
    case "adopted":
      return rows.put(
        "secret",
        record.secret,
        withAdoption(secretRow(rows, record.secret), record, record.verified, record.at),
      );
    case "erased":
      return foldErased(rows, record);
    case "revoked-by-hand":
      return foldRevokedByHand(rows, record);
    case "alert":
      return foldAlert(rows, record);
    case "lockdown-started":
    case "lockdown-intent":
    case "lockdown-outcome":
    case "lockdown-settled":
    case "lockdown-lifting":
    case "lockdown-lifted":
      return foldLockdown(rows, record);
    case "certificates-scanned":
    case "rekey-started":
    case "rekey-ended":
      return;
    case "run-started":
      foldRun(rows, record);
      return foldRunOfLockdown(rows, record);
    default:
      return foldRun(rows, record);
  }
}

function foldRevokedByHand(rows: TableWriter, record: Of<"revoked-by-hand">): void {
  const { retireAt } = secretRow(rows, record.secret);
  changeSecret(rows, record.secret, {
    revokedByHand: record.version,
    retireAt: Math.min(retireAt ?? record.at, record.at),
    retireNotBefore: null,
    retireError: null,
  });
}

/** So many are remembered; what they are about is long over before one is forgotten. */
const REMINDERS_KEPT = 50;

function foldAlert(rows: TableWriter, { secret, error, reminder }: Of<"alert">): void {
  if (secret === null) return;
  // A person whose turn it is has reminders of their own.
  if (error.code === "overdue" || (error.code === "value-needed" && reminder !== undefined))
    changeSecret(rows, secret, { alarmedVersion: secretRow(rows, secret).current });
  if (reminder === undefined) return;
  const reminded = [...(secretRow(rows, secret).reminded ?? []), reminder].slice(-REMINDERS_KEPT);
  changeSecret(rows, secret, { reminded });
}

function foldForeign(rows: TableWriter, { secret, foreign, credentials }: Of<"foreign-seen">): void {
  changeSecret(rows, secret, { foreign, foreignCredentials: credentials ?? [] });
}

/** Erased versions stay known for a while: copies of them may still have to be pruned. */
const ERASED_KEPT = 20;

function foldErased(rows: TableWriter, record: Of<"erased">): void {
  if (record.version === 0) return changeSecret(rows, record.secret, { foreignContent: false });
  changeVersion(rows, record.secret, record.version, { erased: true });
  const { versions } = secretRow(rows, record.secret);
  // What stands for adopted credentials, or was found by a person, never had material here.
  const erased = Object.values(versions).filter((each) => each.erased && each.stage === "retired");
  const surplus = erased.toSorted((a, b) => b.version - a.version).slice(ERASED_KEPT);
  const kept = Object.values(versions).filter((each) => !surplus.includes(each));
  changeSecret(rows, record.secret, {
    versions: Object.fromEntries(kept.map((each) => [String(each.version), each])),
  });
}
