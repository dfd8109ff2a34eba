import type { Baseline, Change, Consumer, Evidence, Probe } from "../domain/ports.ts";
import type { SecretName } from "../domain/version.ts";

export type Probes = ReadonlyMap<SecretName, readonly Probe[]>;

const STRENGTH: readonly Evidence[] = ["converged", "probed", "in-use"];

/** A consumer whose confirm also asks the probes of the secrets that change there. */
export class ProbedConsumer implements Consumer {
  readonly #inner: Consumer;
  readonly #probes: Probes;

  constructor(inner: Consumer, probes: Probes) {
    this.#inner = inner;
    this.#probes = probes;
  }

  get id(): string {
    return this.#inner.id;
  }

  get restarts(): number {
    return this.#inner.restarts;
  }

  get tasks(): number | undefined {
    return this.#inner.tasks;
  }

  get secrets(): readonly SecretName[] {
    return this.#inner.secrets;
  }

  join(other: Consumer): Consumer {
    if (!(other instanceof ProbedConsumer)) return new ProbedConsumer(this.#inner.join(other), this.#probes);
    const probes = new Map([...this.#probes, ...other.#probes]);
    return new ProbedConsumer(this.#inner.join(other.#inner), probes);
  }

  current(signal: AbortSignal): Promise<Baseline> {
    return this.#inner.current(signal);
  }

  activate(changes: readonly Change[], signal: AbortSignal): Promise<void> {
    return this.#inner.activate(changes, signal);
  }

  revert(to: Baseline, only: readonly SecretName[], signal: AbortSignal): Promise<void> {
    return this.#inner.revert(to, only, signal);
  }

  /** The weakest of what is known of each change; for one change, the best that the consumer or a probe showed. */
  async confirm(changes: readonly Change[], signal: AbortSignal): Promise<Evidence> {
    const converged = await this.#inner.confirm(changes, signal);
    const known: Evidence[] = [];
    for (const change of changes) {
      const seen: Evidence[] = [converged];
      for (const probe of this.#probes.get(change.secret) ?? [])
        seen.push(await probe.probe(change.to, signal));
      known.push(strongest(seen));
    }
    return STRENGTH.find((evidence) => known.includes(evidence)) ?? converged;
  }
}

function strongest(seen: readonly Evidence[]): Evidence {
  return STRENGTH.findLast((evidence) => seen.includes(evidence)) ?? "converged";
}
