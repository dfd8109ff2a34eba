/** What the journal says is to be done now, and when that changes by time alone. Pure: the heartbeat asks, a worker does. */
import type { SecretPolicy } from "../domain/policy.ts";
import type { TableReader } from "../domain/ports.ts";
import type { RunState, SecretState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import { admit } from "../plan/admit.ts";
import { decide } from "../plan/decide.ts";
import { alarmAt } from "../plan/health.ts";
import { isRetireDue } from "../run/retire.ts";
import { nextLookAt } from "../run/sweep.ts";
import { debtDueAt, owedRows } from "../run/upkeep.ts";

export interface Agenda {
  /** Secrets that a scheduled rotation would be admitted for. */
  readonly due: readonly SecretName[];
  /** A run is to be gone on with, a version retired, a stray looked for: whatever a worker does without being asked. */
  readonly upkeep: boolean;
  /** The earliest instant at which more is to be done, if nobody writes the journal before; null for never. */
  readonly nextAt: Instant | null;
}

const SCHEDULED = { now: false, revokeNow: false, outsideWindow: false } as const;

/** Reads one row at a time: there may be very many, and the daemon is to stay small. */
export function agendaOf(tables: TableReader, policies: Iterable<SecretPolicy>, now: Instant): Agenda {
  const due: SecretName[] = [];
  const moments = new Moments(now);
  for (const of of policies) {
    const state = tables.get("secret", of.secret);
    if (state === undefined) continue;
    const decision = decide(state, of, now);
    if (!decision.due) moments.add(decision.next);
    else if (admit(state, of, SCHEDULED, now, now).admit === "yes") due.push(of.secret);
    for (const at of owedTo(state, tables, now)) moments.add(at);
    moments.add(alarmAt(state, of));
  }
  for (const run of tables.openRuns()) for (const at of owedBy(run, now)) moments.add(at);
  for (const row of tables.all("sweep")) moments.add(nextLookAt(row));
  return { due, upkeep: moments.passed, nextAt: moments.next };
}

/** When something is to be done for a secret outside its runs. */
function owedTo(secret: SecretState, tables: TableReader, now: Instant): readonly (Instant | null)[] {
  if (secret.openRun !== null || secret.needsOperator !== null) return [];
  const { retireAt, retireNotBefore, pruneAfter } = secret;
  const retire = isRetireDue(secret, tables, now, true)
    ? now
    : retireAt === null
      ? null
      : Math.max(retireAt, retireNotBefore ?? 0);
  return [retire, pruneAfter];
}

/** When a run wants a worker: one that is neither parked nor over was left in the middle. */
function owedBy(run: RunState, now: Instant): readonly (Instant | null)[] {
  if (run.open.length > 0) return [now];
  if (run.phase === "ended") return owedRows(run).map((row) => debtDueAt(row, true));
  return [run.phase === "parked" ? run.parkedUntil : now];
}

/** Instants seen from now: whether one has come, and which comes next. */
class Moments {
  readonly #now: Instant;
  passed = false;
  next: Instant | null = null;

  constructor(now: Instant) {
    this.#now = now;
  }

  add(at: Instant | null): void {
    if (at === null) return;
    if (at <= this.#now) this.passed = true;
    else if (this.next === null || at < this.next) this.next = at;
  }
}
