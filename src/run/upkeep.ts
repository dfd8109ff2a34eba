/** What a worker does for versions whose run is over: compensations still owed, pruning, erasing. */
import type { RunState, SecretState, StepRow } from "../domain/state.ts";
import { stepKey } from "../domain/run.ts";
import { HOUR_MS, SECOND_MS, type Instant } from "../domain/time.ts";
import { undoNotBefore } from "../plan/next/attempt.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { Runner } from "./runner.ts";

const BACK_OFF_FIRST_MS = 30 * SECOND_MS;

/** Tries every compensation that an ended run still owes, once. `patient` leaves those alone that failed a moment ago. */
export async function payDebts(
  shop: Workshop,
  recorder: Recorder,
  runner: Runner,
  run: RunState,
  patient: boolean,
): Promise<void> {
  for (const row of owedRows(run)) {
    if (shop.signal.aborted) return;
    if (debtDueAt(row, patient) > shop.clock.now()) continue;
    const attempt = (row.undo?.count ?? 0) + 1;
    const { key, step, subject } = row;
    await runner.attempt({ run: run.run, key, step, subject, direction: "undo", attempt });
    await alertOnce(recorder, run, row, runner.state(run.run).steps[key]);
  }
}

/** What time alone will not mend is told to a person, once. */
async function alertOnce(
  recorder: Recorder,
  run: RunState,
  before: StepRow,
  after: StepRow | undefined,
): Promise<void> {
  const error = after?.undo?.error ?? null;
  if (error === null || error.kind === "transient" || error.code === before.undo?.error?.code) return;
  const secret = run.secrets.find(
    (each) => each.secret === before.subject || before.subject.startsWith(`${each.secret}@`),
  );
  await recorder.record({ type: "alert", secret: secret?.secret ?? null, run: run.run, error });
}

/** Withdraw before revoke, as in the run itself. */
export function owedRows(run: RunState): readonly StepRow[] {
  const rows = run.owed.flatMap((key) => run.steps[key] ?? []);
  return rows.toSorted((a, b) => Number(a.step === "create") - Number(b.step === "create"));
}

/** When a compensation may be tried next. */
export function debtDueAt(row: StepRow, patient: boolean): Instant {
  const earliest = undoNotBefore(row);
  if (!patient || row.undo === null) return earliest;
  const backOffMs = Math.min(BACK_OFF_FIRST_MS * 2 ** Math.min(row.undo.count, 10), HOUR_MS);
  return Math.max(earliest, (row.undo.endedAt ?? 0) + backOffMs);
}

/** Removes a secret's old copies from its stores. A failure is journaled and never changes an outcome. */
export async function prune(shop: Workshop, runner: Runner, secret: SecretState): Promise<void> {
  // No run made version 0.
  const maker = secret.current === 0 ? undefined : secret.versions[String(secret.current)]?.run;
  const run = maker ?? secret.lastRun?.run;
  if (run === undefined || !shop.wiring.has(secret.secret)) return;
  const key = stepKey(run, "prune", secret.secret);
  const attempt = (runner.state(run).steps[key]?.do?.count ?? 0) + 1;
  await runner.attempt({ run, key, step: "prune", subject: secret.secret, direction: "do", attempt });
}

export function isPruneDue(secret: SecretState, now: Instant): boolean {
  return secret.pruneAfter !== null && secret.pruneAfter <= now && isIdle(secret);
}

/** Erases the material of versions that are dead and no longer looked for. */
export async function eraseDead(shop: Workshop, recorder: Recorder): Promise<void> {
  const { tables } = shop.journal;
  const owing = new Set(tables.openRuns().map((run) => run.run));
  const swept = new Set(
    tables
      .all("sweep")
      .filter((row) => row.state !== "watched")
      .map((row) => `${row.secret} ${row.version}`),
  );
  for (const secret of tables.all("secret")) {
    for (const version of Object.values(secret.versions)) {
      if (version.stage !== "retired" || version.erased) continue;
      if (owing.has(version.run) || swept.has(`${secret.secret} ${version.version}`)) continue;
      await recorder.record({ type: "erased", secret: secret.secret, version: version.version });
    }
    // Content found before us is kept while the first version could still be rolled back to it.
    if (secret.foreignContent && isIdle(secret) && secret.firstRun === null) {
      await recorder.record({ type: "erased", secret: secret.secret, version: 0 });
    }
  }
}

function isIdle(secret: SecretState): boolean {
  return secret.openRun === null && secret.needsOperator === null;
}
