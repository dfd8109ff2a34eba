import type { Containment, Outcome } from "../domain/lockdown.ts";
import type { Clock } from "../domain/time.ts";

const EVERY_MS = 250;

/** Holds still what comes up while a lockdown is under way: a task that swarm started anew, for one. */
export class Watch {
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;
  readonly #held: Outcome[] = [];

  constructor(containments: readonly Containment[], clock: Clock) {
    this.#over = this.#watch(containments, clock);
  }

  /** What it had to hold, in order. */
  async end(): Promise<readonly Outcome[]> {
    this.#stop.abort(new Error("the watch is over"));
    await this.#over;
    return this.#held;
  }

  async #watch(containments: readonly Containment[], clock: Clock): Promise<void> {
    const { signal } = this.#stop;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const held = await Promise.all(containments.map((each) => each.hold(signal)));
      if (!isOver()) this.#held.push(...held.flat());
      await clock.sleep(EVERY_MS, signal).catch(() => undefined);
    }
  }
}
