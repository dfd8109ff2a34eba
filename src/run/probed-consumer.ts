import { asRotationError } from "../domain/errors.ts";
import type {
  Baseline,
  BaselineItem,
  Change,
  Consumer,
  Evidence,
  Json,
  Probe,
  Sightings,
} from "../domain/ports.ts";
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

  /** Of probes that tell what they see, whatever it is. */
  async sight(secret: SecretName, signal: AbortSignal): Promise<Sightings> {
    const seen: Record<string, Json> = {};
    for (const probe of this.#probes.get(secret) ?? []) {
      const sighting = (await probe.sight?.(signal)) ?? null;
      if (sighting !== null) seen[probe.id] = sighting;
    }
    return seen;
  }

  /**
   * Resolves only when the probes see again what they saw before. Where they do, a reload that fails on the way back is no
   * obstacle: what is stored is restored by then, and the process never took up anything else.
   */
  async revert(to: Baseline, only: readonly SecretName[], signal: AbortSignal): Promise<void> {
    const items = to.items.filter(({ secret }) => only.includes(secret));
    const failure = await this.#inner.revert(to, only, signal).then(
      () => null,
      (thrown: unknown) => asRotationError(thrown),
    );
    const canTell = items.length > 0 && items.every((item) => this.#sighted(item).length > 0);
    if (failure !== null && !(failure.code === "reload-failed" && canTell)) throw failure;
    for (const item of items) {
      for (const [probe, sighting] of this.#sighted(item)) await probe.seenAgain?.(sighting, signal);
    }
  }

  #sighted({ secret, sightings = {} }: BaselineItem): readonly (readonly [Probe, Json])[] {
    return (this.#probes.get(secret) ?? []).flatMap((probe) => {
      const sighting = sightings[probe.id] ?? null;
      return sighting === null || probe.seenAgain === undefined ? [] : [[probe, sighting] as const];
    });
  }

  /** The weakest of what is known of each change; for one change, the best that the consumer or a probe showed. */
  async confirm(changes: readonly Change[], signal: AbortSignal): Promise<Evidence> {
    const converged = await this.#inner.confirm(changes, signal);
    const known: Evidence[] = [];
    for (const change of changes) {
      const seen: Evidence[] = [converged];
      for (const probe of this.#probes.get(change.secret) ?? [])
        seen.push(await probe.probe(change.to, signal, change.credential));
      known.push(strongest(seen));
    }
    return STRENGTH.find((evidence) => known.includes(evidence)) ?? converged;
  }
}

function strongest(seen: readonly Evidence[]): Evidence {
  return STRENGTH.findLast((evidence) => seen.includes(evidence)) ?? "converged";
}
