import { RotationError } from "../../domain/errors.ts";
import type { Clock } from "../../domain/time.ts";

interface Lane {
  tail: Promise<unknown>;
  notBeforeMs: number;
}

/** Runs tasks of one key one after another. Graph answers 409 to concurrent writes on one application. */
export class SerialQueue {
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects with `aborted`, without running `task`, when the signal aborts before its turn. */
  run<T>(key: string, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(key) ?? { tail: Promise.resolve(), notBeforeMs: 0 };
    this.#lanes.set(key, lane);
    const turn = lane.tail.then(async () => {
      const waitMs = lane.notBeforeMs - this.#clock.monotonicMs();
      if (waitMs > 0) await this.#clock.sleep(waitMs, signal).catch(() => undefined);
      if (signal.aborted) throw abortedInQueue();
      return task();
    });
    lane.tail = turn.catch(() => undefined);
    return turn;
  }

  /** The next task of that key waits at least this long. */
  hold(key: string, ms: number): void {
    const lane = this.#lanes.get(key);
    if (lane !== undefined) lane.notBeforeMs = this.#clock.monotonicMs() + ms;
  }
}

function abortedInQueue(): RotationError {
  return new RotationError("aborted", {
    kind: "transient",
    message: "cancelled before its turn came; nothing was sent",
  });
}
