import { asRotationError, recordError, type RecordedError } from "../domain/errors.ts";
import type { RecordBody } from "../domain/journal-record.ts";
import type { LockdownPhase, Outcome } from "../domain/lockdown.ts";
import type { Json } from "../domain/ports.ts";
import type { LockdownState } from "../domain/state.ts";
import { SECOND_MS } from "../domain/time.ts";
import type { RunId } from "../domain/version.ts";
import { withDeadline } from "../run/deadline.ts";
import type { Workshop } from "../run/ports.ts";
import type { Recorder } from "../run/recorder.ts";
import { settle } from "../run/settle.ts";

const CALL_MS = 60 * SECOND_MS;
const FIRST_PAUSE_MS = 500;

export interface Effort {
  readonly phase: LockdownPhase;
  readonly subject: string;
  /** At most. What is rejected is not tried again. */
  readonly tries: number;
  readonly effect: (signal: AbortSignal) => Promise<Json>;
}

/** What a lockdown has done and has failed to do, as it stands in the journal. */
export class Ledger {
  readonly lockdown: RunId;
  readonly #shop: Workshop;
  readonly #recorder: Recorder;

  constructor(lockdown: RunId, shop: Workshop, recorder: Recorder) {
    this.lockdown = lockdown;
    this.#shop = shop;
    this.#recorder = recorder;
  }

  /** Throws `internal` before the lockdown is journaled. */
  get state(): LockdownState {
    const state = this.#shop.journal.tables.get("lockdown", this.lockdown);
    if (state === undefined) throw new Error(`lockdown ${this.lockdown} is not in the journal`);
    return state;
  }

  record(body: RecordBody): Promise<unknown> {
    return this.#recorder.record(body);
  }

  /** Intent, work, outcome; `work` never rejects, and its outcome is of that subject. */
  async tracked(phase: LockdownPhase, subject: string, work: () => Promise<Outcome>): Promise<Outcome> {
    const attempt = this.#attempts(phase, subject) + 1;
    await this.record({ type: "lockdown-intent", lockdown: this.lockdown, phase, subject, attempt });
    const outcome = await work();
    await this.note(phase, outcome, attempt);
    return outcome;
  }

  /** Journals what was done already, or could not be. */
  async note(
    phase: LockdownPhase,
    { subject, ...outcome }: Outcome,
    attempt = this.#attempts(phase, subject) + 1,
  ): Promise<void> {
    const result = outcome.error === null ? "done" : "failed";
    await this.record({
      type: "lockdown-outcome",
      lockdown: this.lockdown,
      phase,
      subject,
      attempt,
      result,
      ...outcome,
    });
  }

  /** Intent, effect, outcome; again while that may help. Whatever the effect throws becomes the outcome. */
  async attempt(effort: Effort): Promise<RecordedError | null> {
    for (let tries = 1; ; tries += 1) {
      const error = await this.#once(effort);
      if (error === null || error.kind === "rejected" || error.kind === "invariant") return error;
      if (tries >= effort.tries || this.#shop.signal.aborted) return error;
      await settle(this.#shop.clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1), this.#shop.signal));
    }
  }

  async #once({ phase, subject, effect }: Effort): Promise<RecordedError | null> {
    const { clock, signal } = this.#shop;
    const id = { lockdown: this.lockdown, phase, subject, attempt: this.#attempts(phase, subject) + 1 };
    const startedAt = clock.now();
    await this.record({ type: "lockdown-intent", ...id });
    const done = await settle(withDeadline(clock, CALL_MS, signal, effect));
    const outcome = done.ok
      ? ({ result: "done", error: null, facts: done.value } as const)
      : ({
          result: done.error.kind === "outcome-unknown" ? "unknown" : "failed",
          error: recordError(asRotationError(done.error)),
          facts: this.state.steps[`${phase}/${subject}`]?.facts ?? null,
        } as const);
    const endedAt = clock.now();
    await this.record({ type: "lockdown-outcome", ...id, startedAt, endedAt, ...outcome });
    return outcome.error;
  }

  #attempts(phase: LockdownPhase, subject: string): number {
    return this.state.steps[`${phase}/${subject}`]?.attempts ?? 0;
  }
}
