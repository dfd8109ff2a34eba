import { asRotationError, recordError, type RecordedError } from "../domain/errors.ts";
import type { AttemptId, Entry, RecordBody, StepOutput } from "../domain/journal-record.ts";
import type { Journal, SealOrder, Sink } from "../domain/ports.ts";
import type { Clock } from "../domain/time.ts";

export interface AttemptResult {
  readonly result: "done" | "failed" | "unknown";
  readonly error: RecordedError | null;
  readonly retryAfterMs: number | null;
  readonly output: StepOutput | null;
}

/** Writes the journal and passes every entry on to the sinks, in order. */
export class Recorder {
  readonly #journal: Journal;
  readonly #sinks: readonly Sink[];
  readonly #clock: Clock;

  constructor(journal: Journal, sinks: readonly Sink[], clock: Clock) {
    this.#journal = journal;
    this.#sinks = sinks;
    this.#clock = clock;
  }

  /** Resolves when the record is durable. A sink that fails here catches up later. */
  async record(body: RecordBody, seal: readonly SealOrder[] = []): Promise<Entry> {
    const entry = await this.#journal.append({ ...body, at: this.#clock.now() }, seal);
    for (const sink of this.#sinks) await sink.observe(entry).catch(() => undefined);
    return entry;
  }

  /**
   * Journals the intent and waits for the gating sinks: rejects when one of them does not have it, and then nothing
   * may be done. A compensation goes on all the same: leaving it out would be worse than a gap in the audit log.
   */
  async intent(
    id: AttemptId,
    deadlineAt: number,
    marker: string | null,
    seal: readonly SealOrder[],
  ): Promise<void> {
    const body = { type: "intent", ...id, marker, deadlineAt } as const;
    const entry = await this.#journal.append({ ...body, at: this.#clock.now() }, seal);
    for (const sink of this.#sinks) {
      if (sink.gating && id.direction === "do") await sink.observe(entry);
      else await sink.observe(entry).catch(() => undefined);
    }
  }

  async outcome(id: AttemptId, result: AttemptResult, seal: readonly SealOrder[] = []): Promise<void> {
    const notBeforeAt = result.retryAfterMs === null ? null : this.#clock.now() + result.retryAfterMs;
    const { error, output } = result;
    await this.record({ type: "outcome", ...id, result: result.result, error, notBeforeAt, output }, seal);
  }
}

/** What a thrown error means for the attempt that threw it. */
export function failedResult(thrown: unknown): AttemptResult {
  const error = asRotationError(thrown);
  const result = error.kind === "outcome-unknown" ? "unknown" : "failed";
  return { result, error: recordError(error), retryAfterMs: error.retryAfterMs, output: null };
}

export function doneResult(output: StepOutput | null = null): AttemptResult {
  return { result: "done", error: null, retryAfterMs: null, output };
}
