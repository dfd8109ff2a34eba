import type { Clock, Instant } from "../../../src/domain/time.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Time moves only when nothing else can: the earliest timer fires once every pending promise has run. */
export class VirtualClock implements Clock {
  #now: Instant;
  #timers: Timer[] = [];
  #order = 0;

  constructor(now: Instant) {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const drop = (): void => {
        this.#timers = this.#timers.filter((each) => each !== timer);
        reject(signal.reason as Error);
      };
      const fire = (): void => {
        signal.removeEventListener("abort", drop);
        resolve();
      };
      const timer: Timer = { at: this.#now + ms, order: (this.#order += 1), fire };
      signal.addEventListener("abort", drop, { once: true });
      this.#timers.push(timer);
    });
  }

  /** Forgets everybody who waits, as a killed process does. */
  forgetSleepers(): void {
    this.#timers = [];
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  /** Runs `work` to its end, moving time on whenever everyone waits. */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { over: false };
    const done = work.finally(() => {
      state.over = true;
    });
    done.catch(() => undefined);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (state.over) return done;
      this.#fireEarliest();
    }
  }

  #fireEarliest(): void {
    const next = this.#timers.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
    if (next === undefined) return;
    this.#timers = this.#timers.filter((each) => each !== next);
    this.#now = Math.max(this.#now, next.at);
    next.fire();
  }
}
