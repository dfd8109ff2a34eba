/** When a person who is the issuer of a secret is reminded of what waits for them: each occasion once. Pure. */
import type { RecordedError } from "../domain/errors.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { ByHand } from "../domain/ports.ts";
import type { SecretState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import {
  currentOf,
  revokeByHand,
  revokeLateAt,
  valueNeeded,
  valueUnused,
  waitsForPerson,
} from "./by-hand.ts";
import { dueAt } from "./due.ts";
import { overdueAt } from "./health.ts";

export interface Reminder {
  /** Occasion and version, as the journal remembers it. */
  readonly reminder: string;
  readonly error: RecordedError;
  /** To be told only when everyone is seen, once more, to use the current version. */
  readonly onceConfirmed: boolean;
}

/** What is to be told now and was not yet. */
export function remindersFor(
  state: SecretState,
  of: SecretPolicy,
  byHand: ByHand,
  now: Instant,
): readonly Reminder[] {
  const all = [
    ...ofValue(state, of, byHand, now),
    ...ofRevoke(state, byHand, now),
    ...ofUnused(state, byHand),
  ];
  return all.filter(({ reminder }) => state.reminded?.includes(reminder) !== true);
}

/** Of several occasions that have passed only the last is told. */
function ofValue(state: SecretState, of: SecretPolicy, byHand: ByHand, now: Instant): readonly Reminder[] {
  const current = currentOf(state);
  if (current === undefined || state.held || state.openRun !== null || state.needsOperator !== null)
    return [];
  const due = dueAt(current, of)?.at ?? null;
  const { notAfter } = current;
  const occasions: readonly (readonly [string, Instant | null])[] = [
    ["due", due],
    ["late", due === null ? null : notAfter === null ? overdueAt(due, of.policy) : (due + notAfter) / 2],
    ["expired", notAfter],
  ];
  const occasion = occasions.findLast(([, at]) => at !== null && at <= now)?.[0];
  if (occasion === undefined) return [];
  const error = valueNeeded(state.secret, byHand, now, state);
  return [{ reminder: `${occasion} ${current.version}`, error, onceConfirmed: false }];
}

/** A version may be replaced more than once, with a rollback between: each time is an occasion of its own. */
function ofRevoke(state: SecretState, byHand: ByHand, now: Instant): readonly Reminder[] {
  if (!waitsForPerson(state)) return [];
  const lateAt = revokeLateAt(state);
  const occasion = lateAt !== null && lateAt <= now ? "revoke-late" : "revoke";
  const reminder = `${occasion} ${state.previous} ${state.retireRun}`;
  return [{ reminder, error: revokeByHand(state, byHand), onceConfirmed: true }];
}

/** keyturn cannot revoke what it drops: whoever gave the value must know. */
function ofUnused(state: SecretState, byHand: ByHand): readonly Reminder[] {
  return Object.values(state.versions)
    .filter(({ stage, promotedAt }) => stage === "retired" && promotedAt === null)
    .map((version) => ({
      reminder: `unused ${version.version}`,
      error: valueUnused(state.secret, version, byHand),
      onceConfirmed: false,
    }));
}
