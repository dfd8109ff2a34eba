/** The outside: an issuer, stores and services. It keeps the truth and watches the invariants. */
import { ConsumerSide, marks } from "./consumer-side.ts";
import { IssuerSide } from "./issuer-side.ts";
import type { Ground, WorldOptions } from "./options.ts";
import { StoreSide } from "./store-side.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Says what is wrong with a mutation by one of these attempts, about `subject`; null when it is accounted for. */
export type Accountable = (attempts: readonly string[], subject: string) => string | null;

export class World {
  readonly clock: VirtualClock;
  options: WorldOptions;
  readonly issuer: IssuerSide;
  readonly stores: StoreSide;
  readonly consumers: ConsumerSide;
  readonly violations: string[] = [];
  /** Calls that change something, whether or not they had to. */
  mutations = 0;
  accountable: Accountable = () => null;
  #late: { at: number; call: () => void }[] = [];

  constructor(clock: VirtualClock, options: WorldOptions) {
    this.clock = clock;
    this.options = options;
    const ground: Ground = {
      now: () => clock.now(),
      options: () => this.options,
      violate: (what) => void this.violations.push(what),
      mutates: (attempts, subject) => this.#mutates(attempts, subject),
      check: (after) => this.check(after),
    };
    this.issuer = new IssuerSide(ground, new Set(Object.values(options.services).flat()));
    this.stores = new StoreSide(ground, (ref, isReader) => this.consumers.isUsed(ref, isReader));
    this.consumers = new ConsumerSide(ground, (ref, service) => this.stores.read(ref, service));
  }

  /** What was sent by a process that is gone can still land. */
  landLater(call: () => void): void {
    this.#late.push({ at: this.clock.now() + (this.options.lateMs ?? 20_000), call });
  }

  landDue(): void {
    const due = this.#late.filter((each) => each.at <= this.clock.now());
    if (due.length === 0) return;
    this.#late = this.#late.filter((each) => each.at > this.clock.now());
    // The intent of what lands now was journaled, and audited, by a process that is gone.
    const { accountable } = this;
    this.accountable = () => null;
    for (const each of due) each.call();
    this.accountable = accountable;
  }

  get landing(): number {
    return this.#late.length;
  }

  /** I3: a mutation belongs to an attempt that was journaled, and audited, before. */
  #mutates(attempts: readonly string[], subject: string): void {
    this.mutations += 1;
    const wrong = this.accountable(attempts, subject);
    if (wrong !== null) this.violations.push(`I3: ${attempts.join(" or ")} of ${subject} ${wrong}`);
  }

  /** I1: what every consumer holds authenticates now. */
  check(after: string): void {
    for (const { id, uses, runs } of this.consumers.services.values()) {
      for (const [secret, use] of [...uses, ...runs]) {
        const value = use === null ? null : "foreign" in use ? use.foreign : use.value;
        if (value !== null && !this.issuer.works(value)) {
          this.violations.push(`I1: after ${after}, ${id} holds a ${secret} that does not authenticate`);
        }
      }
    }
  }

  /** What was there before is back only when nobody who was switched runs with our version any more. */
  checkGone(secret: string, marker: string, consumers: readonly string[]): void {
    for (const id of consumers) {
      const service = this.consumers.services.get(id);
      if (service?.meddled === true || !marks(service?.runs.get(secret), marker)) continue;
      this.violations.push(`I1: ${secret} is back at version 0, and ${id} still runs with another`);
    }
  }

  /** A version is promoted only when everyone who was switched really runs with it. */
  checkPromoted(secret: string, marker: string, consumers: readonly string[]): void {
    for (const id of consumers) {
      const service = this.consumers.services.get(id);
      if (service?.meddled === true || marks(service?.runs.get(secret), marker)) continue;
      this.violations.push(`I1: ${secret} was promoted, and ${id} does not run with it`);
    }
  }
}
