import { RotationError } from "../domain/errors.ts";
import type { Baseline, Change, Consumer, Evidence } from "../domain/ports.ts";
import type { SecretName } from "../domain/version.ts";

/**
 * A consumer that a lockdown contains. That its update was accepted is all that is asked: its tasks come up under
 * denial, where no probe can say anything, and nothing that they do may bring the old credential back.
 */
export class ForwardConsumer implements Consumer {
  readonly #inner: Consumer;

  constructor(inner: Consumer) {
    this.#inner = inner;
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
    return new ForwardConsumer(this.#inner.join(other instanceof ForwardConsumer ? other.#inner : other));
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

  async confirm(changes: readonly Change[], signal: AbortSignal): Promise<Evidence> {
    const { items } = await this.#inner.current(signal);
    const late = changes.find(({ secret, to }) => {
      const held = items.find((item) => item.secret === secret)?.held;
      return held?.kind !== "version" || held.ref.marker !== to.marker;
    });
    if (late === undefined) return "converged";
    throw new RotationError("not-in-use", {
      kind: "transient",
      subject: this.id,
      message: `${this.id} was not updated to version ${late.to.version} of ${late.secret}`,
    });
  }
}
