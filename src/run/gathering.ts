import { SECOND_MS, type Clock } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import type { Candidate } from "../plan/plan.ts";

/** Secrets that share a consumer restart it once, if they are ready within this time of one another. */
const GATHER_MS = 5 * SECOND_MS;

export interface GatheringOptions {
  readonly clock: Clock;
  /** Everything that was asked for. */
  readonly secrets: Iterable<SecretName>;
  readonly dependsOn: (secret: SecretName) => readonly SecretName[];
  /** Takes those that are ready; called again as more of them are. */
  readonly begin: (ready: readonly Candidate[]) => void;
}

/**
 * Brings together what may begin at the same time. The last answer begins what is left; who keeps others waiting, because a
 * far side does not answer, holds up only what depends on it.
 */
export class Gathering {
  readonly #options: GatheringOptions;
  /** In the order that was asked for, whoever answers first. */
  readonly #places: ReadonlyMap<SecretName, number>;
  readonly #open: Set<SecretName>;
  #gathered: Candidate[] = [];
  #waiting = false;
  readonly #over = new AbortController();

  constructor(options: GatheringOptions) {
    this.#options = options;
    this.#open = new Set(options.secrets);
    this.#places = new Map([...this.#open].map((secret, place) => [secret, place]));
  }

  /** One answer: a candidate, or null for a secret that takes no part. */
  take(secret: SecretName, candidate: Candidate | null): void {
    this.#open.delete(secret);
    if (candidate !== null) this.#gathered.push(candidate);
    if (this.#open.size === 0) {
      this.#over.abort(new Error("everyone has answered"));
      this.#flush();
    } else if (!this.#waiting && this.#gathered.length > 0) void this.#flushLater();
  }

  async #flushLater(): Promise<void> {
    this.#waiting = true;
    await this.#options.clock.sleep(GATHER_MS, this.#over.signal).catch(() => undefined);
    this.#waiting = false;
    if (!this.#over.signal.aborted) this.#flush();
  }

  #flush(): void {
    const held = this.#held();
    const place = ({ secret }: Candidate): number => this.#places.get(secret) ?? 0;
    const ready = this.#gathered
      .filter((each) => !held.has(each.secret))
      .toSorted((a, b) => place(a) - place(b));
    this.#gathered = this.#gathered.filter((each) => held.has(each.secret));
    if (ready.length > 0) this.#options.begin(ready);
  }

  /** Those that depend on a secret whose answer is still to come, directly or through others. */
  #held(): ReadonlySet<SecretName> {
    const held = new Set<SecretName>(this.#open);
    for (let before = -1; before < held.size;) {
      before = held.size;
      for (const { secret } of this.#gathered)
        if (this.#options.dependsOn(secret).some((other) => held.has(other))) held.add(secret);
    }
    return held;
  }
}
