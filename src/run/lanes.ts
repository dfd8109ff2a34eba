/** Who may work at the same time as whom: a task holds a place in each lane that it names, from its beginning to its end. */

export interface Lane {
  readonly name: string;
  /** How many tasks go side by side. */
  readonly places: number;
}

type Release = () => void;

interface Waiting {
  readonly lanes: readonly Lane[];
  readonly begin: () => void;
}

/** Places are taken all at once, so that nobody holds one while waiting for another; first come, first served. */
export class Lanes {
  readonly #taken = new Map<string, number>();
  #waiting: Waiting[] = [];

  async within<T>(lanes: readonly Lane[], task: () => Promise<T>): Promise<T> {
    const release = await this.take(lanes);
    try {
      return await task();
    } finally {
      release();
    }
  }

  async take(lanes: readonly Lane[]): Promise<Release> {
    if (this.#isFree(lanes)) this.#occupy(lanes);
    else await new Promise<void>((begin) => this.#waiting.push({ lanes, begin }));
    return () => this.#release(lanes);
  }

  #release(lanes: readonly Lane[]): void {
    for (const { name } of lanes) {
      const left = (this.#taken.get(name) ?? 0) - 1;
      if (left > 0) this.#taken.set(name, left);
      else this.#taken.delete(name);
    }
    this.#waiting = this.#waiting.filter((next) => {
      if (!this.#isFree(next.lanes)) return true;
      this.#occupy(next.lanes);
      next.begin();
      return false;
    });
  }

  #isFree(lanes: readonly Lane[]): boolean {
    return lanes.every(({ name, places }) => (this.#taken.get(name) ?? 0) < places);
  }

  #occupy(lanes: readonly Lane[]): void {
    for (const { name } of lanes) this.#taken.set(name, (this.#taken.get(name) ?? 0) + 1);
  }
}

/**
 * Secrets that need the same connections take turns, a few at a time. Those that need others have turns of their own: one
 * system that hangs delays nobody who does without it.
 */
const SIDE_BY_SIDE = 8;

export function routeLane(what: "survey" | "tend" | "run", connections: Iterable<string>): Lane {
  const route = [...new Set(connections)].toSorted().join(" ");
  return { name: `${what} by ${route}`, places: SIDE_BY_SIDE };
}

/** One at a time for each of these. */
export function soleLane(what: "secret" | "pair" | "consumer" | "scan" | "closing", name: string): Lane {
  return { name: `${what} ${name}`, places: 1 };
}
