import { HOUR_MS, SECOND_MS, type Clock } from "../domain/time.ts";

const FIRST_MS = 30 * SECOND_MS;

/** What failed before it left a trace in the journal is not tried again at every beat. Kept on the monotonic clock. */
export class HoldOff {
  readonly #clock: Clock;
  readonly #maxMs: number;
  readonly #held = new Map<string, { failures: number; untilMs: number }>();

  constructor(clock: Clock, maxMs: number = HOUR_MS) {
    this.#clock = clock;
    this.#maxMs = maxMs;
  }

  isHeld(key: string): boolean {
    return (this.#held.get(key)?.untilMs ?? 0) > this.#clock.monotonicMs();
  }

  failed(key: string): void {
    const failures = (this.#held.get(key)?.failures ?? 0) + 1;
    const waitMs = Math.min(FIRST_MS * 2 ** Math.min(failures, 20), this.#maxMs);
    this.#held.set(key, { failures, untilMs: this.#clock.monotonicMs() + waitMs });
  }

  succeeded(key: string): void {
    this.#held.delete(key);
  }

  clear(): void {
    this.#held.clear();
  }
}
