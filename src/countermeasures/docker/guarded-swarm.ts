import { Swarm, type Caller } from "../../connections/docker/swarm.ts";
import type { Service, ServiceSpec } from "../../connections/docker/engine-api.ts";

/** What happens around an update of a contained service. */
export interface Guard {
  /** The spec to send instead; null for a service that is not contained. */
  denied(spec: ServiceSpec): ServiceSpec | null;
  /** Kills what is paused, so that swarm does not thaw it to stop it. */
  clear(service: string, signal: AbortSignal): Promise<void>;
  accepted(service: string): void;
}

/**
 * The swarm as rotations see it during a lockdown: who updates a contained service, for whatever reason, brings it back
 * under denial in that very update, after its paused containers were killed.
 */
export class GuardedSwarm extends Swarm {
  readonly #guard: Guard;

  constructor(engine: Caller, guard: Guard) {
    super(engine);
    this.#guard = guard;
  }

  override async updateService(
    service: Service,
    spec: ServiceSpec,
    signal: AbortSignal,
  ): Promise<"updated" | "stale"> {
    const denied = this.#guard.denied(spec);
    if (denied === null) return super.updateService(service, spec, signal);
    await this.#guard.clear(spec.Name, signal);
    const outcome = await super.updateService(service, denied, signal);
    if (outcome === "updated") this.#guard.accepted(spec.Name);
    return outcome;
  }
}
