/** The wiring as a lockdown uses it: no windows, no overlap, little patience, and contained consumers go only forward. */
import { RotationError } from "../domain/errors.ts";
import type { Opening, Policy, SecretPolicy } from "../domain/policy.ts";
import type { ByHand, Issuer, IssuerKind, Target } from "../domain/ports.ts";
import { SECOND_MS, type Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import type { Wiring } from "../run/ports.ts";
import { ForwardConsumer } from "./forward-consumer.ts";

/** Long enough for a far side that hiccups; the next `lockdown start` tries again. */
const RETRY = { attempts: 6, firstMs: SECOND_MS, maxMs: 5 * SECOND_MS };

export class LockdownWiring implements Wiring {
  readonly secrets: readonly SecretName[];
  readonly #inner: Wiring;
  readonly #contained: ReadonlySet<string>;

  /** `contained`: ids of consumers. */
  constructor(inner: Wiring, contained: ReadonlySet<string>) {
    this.#inner = inner;
    this.#contained = contained;
    this.secrets = inner.secrets;
  }

  policy(secret: SecretName): SecretPolicy {
    const of = this.#inner.policy(secret);
    const policy: Policy = { ...of.policy, retry: RETRY, window: null, overlapMs: 0, allowGap: true };
    return { ...of, policy, notWith: [] };
  }

  has(secret: SecretName): boolean {
    return this.#inner.has(secret);
  }

  windowOpensAt(_policy: Policy, from: Instant): Instant {
    return from;
  }

  openingAt(): Opening | null {
    return null;
  }

  material(secret: SecretName): IssuerKind["material"] {
    return this.#inner.material(secret);
  }

  byHand(secret: SecretName): ByHand | null {
    return this.#inner.byHand(secret);
  }

  connections(secret: SecretName): readonly string[] {
    return this.#inner.connections(secret);
  }

  adopts(secret: SecretName): readonly string[] {
    return this.#inner.adopts(secret);
  }

  offers(secret: SecretName): boolean {
    return this.#inner.offers(secret);
  }

  async issuer(secret: SecretName): Promise<Issuer> {
    const issuer = await this.#inner.issuer(secret);
    const generate = issuer.generate?.bind(issuer);
    const offered = issuer.offered?.bind(issuer);
    return {
      ...(generate === undefined ? {} : { generate }),
      ...(offered === undefined ? {} : { offered }),
      create: (order, signal) => issuer.create(order, signal),
      find: (marker, signal) => issuer.find(marker, signal),
      list: (signal) => issuer.list(signal),
      verify: (version, signal, replaced) => issuer.verify(version, signal, replaced).catch(unlessDisabled),
      revoke: (ref, signal, manner) => issuer.revoke(ref, signal, manner),
      close: () => issuer.close(),
    };
  }

  async targets(secret: SecretName): Promise<readonly Target[]> {
    const targets = await this.#inner.targets(secret);
    return targets.map((target): Target => ({
      store: target.store,
      consumers: async (signal) =>
        (await target.consumers(signal)).map((each) =>
          this.#contained.has(each.id) ? new ForwardConsumer(each) : each,
        ),
      close: () => target.close(),
    }));
  }
}

/** An application that the lockdown itself has disabled cannot prove any secret; what replaces a leaked one is taken unproved. */
function unlessDisabled(thrown: unknown): void {
  if (!(thrown instanceof RotationError) || thrown.code !== "application-disabled") throw thrown;
}
