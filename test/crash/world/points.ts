import { RotationError, type ErrorCode, type RotationErrorOptions } from "../../../src/domain/errors.ts";

/** What a killed process looks like from inside: nothing it calls ever works again. */
export class Crash extends Error {}

export type Fault =
  /** The process dies at this point. */
  | "kill"
  /** The process dies, and the call that was just sent lands a moment later. */
  | "kill-late"
  /** The call fails before it had an effect. */
  | "transient"
  | "rejected"
  /** The call took effect, and its answer was lost. */
  | "lost-answer"
  /** The call's answer was lost, and it takes effect a moment later. */
  | "lost-late"
  /** What must be written first cannot be: the journal, or the audit log. */
  | "full";

export interface Injection {
  /** Counted over every call of a port method and every append, two points a call. */
  readonly point: number;
  readonly fault: Fault;
}

/**
 * Counts every point between two effects and injects faults there. Points are never placed by hand: each call of a
 * port or of `Journal.append` has one before and one after it.
 */
export class Points {
  count = 0;
  readonly names: string[] = [];
  #dead = false;
  readonly #injections: ReadonlyMap<number, Fault>;
  readonly #landLater: (call: () => void) => void;

  constructor(injections: readonly Injection[], landLater: (call: () => void) => void) {
    this.#injections = new Map(injections.map(({ point, fault }) => [point, fault]));
    this.#landLater = landLater;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** What is still under way never comes back. */
  kill(): void {
    this.#dead = true;
  }

  /** Wraps a call of a port. `apply` is its effect on the world and must be synchronous. */
  async call<T>(name: string, apply: () => T): Promise<T> {
    await Promise.resolve();
    this.#before(name, apply);
    const result = apply();
    this.#after(name);
    return result;
  }

  /** Wraps an append to the journal or the audit log: it either is durable or it is not. `full` is what it says without room. */
  async append<T>(name: string, full: ErrorCode, apply: () => Promise<T>): Promise<T> {
    const fault = this.#step(`${name}:before`);
    if (fault === "kill") this.#die();
    if (fault === "full") throw error(full, { kind: "transient", message: `${name} found no room` });
    const result = await apply();
    if (this.#step(`${name}:after`) === "kill") this.#die();
    return result;
  }

  #before(name: string, apply: () => unknown): void {
    switch (this.#step(`${name}:before`)) {
      case "kill":
        return this.#die();
      case "kill-late":
        this.#landLater(() => tolerate(apply));
        return this.#die();
      case "transient":
        throw error("unreachable", { kind: "transient", message: `${name} failed by injection` });
      case "rejected":
        throw error("unexpected-answer", { kind: "rejected", message: `${name} was rejected by injection` });
      case "lost-late":
        this.#landLater(() => tolerate(apply));
        throw error("lost-answer", { kind: "outcome-unknown", message: `${name} lost by injection` });
      default:
    }
  }

  #after(name: string): void {
    const fault = this.#step(`${name}:after`);
    if (fault === "kill" || fault === "kill-late") this.#die();
    if (fault === "lost-answer")
      throw error("lost-answer", { kind: "outcome-unknown", message: `${name} lost its answer` });
  }

  #step(name: string): Fault | undefined {
    if (this.#dead) throw new Crash("dead");
    this.count += 1;
    this.names.push(name);
    return this.#injections.get(this.count);
  }

  #die(): never {
    this.#dead = true;
    throw new Crash("killed");
  }
}

function tolerate(apply: () => unknown): void {
  try {
    apply();
  } catch {
    // A stale call that is refused when it lands has no effect, and nobody is left to tell.
  }
}

function error(code: ErrorCode, options: RotationErrorOptions): RotationError {
  return new RotationError(code, options);
}
