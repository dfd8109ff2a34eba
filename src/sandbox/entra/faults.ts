/** What goes wrong, and when: planned faults first, in order, then random ones at the given rates. */
import type { Random } from "./seeded-random.ts";

export type Operation = "discovery" | "token" | "read" | "add" | "remove";

export type Fault =
  /** 429, usually without Retry-After, as Graph does. */
  | { readonly kind: "throttle"; readonly retryAfterS?: number }
  /** An error of the service; `applied`: the request took effect all the same. */
  | { readonly kind: "status"; readonly status: number; readonly code?: string; readonly applied?: boolean }
  /** The socket is destroyed instead of an answer. */
  | { readonly kind: "cut"; readonly applied: boolean }
  /** No answer ever comes. */
  | { readonly kind: "hang"; readonly applied: boolean }
  | { readonly kind: "garbage"; readonly applied: boolean; readonly body?: string }
  | { readonly kind: "redirect"; readonly location: string };

export type Rates = Partial<Record<Operation, readonly { readonly fault: Fault; readonly rate: number }[]>>;

/** What a client has to live with on a bad day. */
export const HOSTILE: Rates = {
  token: [
    { fault: { kind: "throttle" }, rate: 0.02 },
    { fault: { kind: "status", status: 503 }, rate: 0.02 },
  ],
  read: [
    { fault: { kind: "throttle" }, rate: 0.03 },
    { fault: { kind: "throttle", retryAfterS: 1 }, rate: 0.02 },
    { fault: { kind: "status", status: 503 }, rate: 0.02 },
    { fault: { kind: "cut", applied: false }, rate: 0.02 },
  ],
  add: [
    { fault: { kind: "throttle", retryAfterS: 1 }, rate: 0.04 },
    { fault: { kind: "status", status: 504, applied: true }, rate: 0.04 },
    { fault: { kind: "cut", applied: true }, rate: 0.04 },
    { fault: { kind: "status", status: 500 }, rate: 0.02 },
  ],
  remove: [
    { fault: { kind: "throttle" }, rate: 0.04 },
    { fault: { kind: "status", status: 504, applied: true }, rate: 0.04 },
    { fault: { kind: "cut", applied: true }, rate: 0.04 },
    { fault: { kind: "status", status: 409, code: "Directory_ConcurrencyViolation" }, rate: 0.04 },
  ],
};

export class Faults {
  /** May be replaced at any time. */
  rates: Rates;
  readonly #random: Random;
  readonly #planned = new Map<Operation, Fault[]>();

  constructor(random: Random, rates: Rates) {
    this.#random = random;
    this.rates = rates;
  }

  /** These happen to the next requests of that operation, one each. */
  plan(operation: Operation, ...faults: readonly Fault[]): void {
    this.#planned.set(operation, [...(this.#planned.get(operation) ?? []), ...faults]);
  }

  clear(): void {
    this.#planned.clear();
  }

  take(operation: Operation): Fault | null {
    const planned = this.#planned.get(operation)?.shift();
    if (planned !== undefined) return planned;
    let roll = this.#random.next();
    for (const { fault, rate } of this.rates[operation] ?? []) {
      if (roll < rate) return fault;
      roll -= rate;
    }
    return null;
  }
}
