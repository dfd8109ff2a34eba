/** Puts references into a service's spec, over whatever others do to the service at the same time. */
import { withReferences, type Wanted } from "./references.ts";
import type { Service } from "../../connections/docker/engine-api.ts";
import { serviceNotFound, type Swarm } from "../../connections/docker/swarm.ts";
import { RotationError } from "../../domain/errors.ts";

/**
 * A refusal means that the service changed since it was read: somebody else updated it, or swarm noted how far its own
 * roll-out is. A dozen in a row means that something updates it in a loop.
 */
const COLLISIONS_ALLOWED = 12;

export interface ServiceChange {
  readonly service: string;
  /** The references that this state of the service should have. */
  readonly wanted: (service: Service) => Wanted;
  /**
   * No update is needed. Where this is always false, one is sent that may change nothing. Swarm then restarts no task
   * but gives the service a new version, so that an earlier call that was cut and has yet to land is refused.
   */
  readonly isDone: (service: Service, wanted: Wanted) => boolean;
}

/** Reads the service and swaps its spec for one with the wanted references, until nobody was faster. */
export async function changeService(swarm: Swarm, change: ServiceChange, signal: AbortSignal): Promise<void> {
  for (let collisions = 0; collisions < COLLISIONS_ALLOWED; collisions += 1) {
    const service = await swarm.findService(change.service, signal);
    if (service === undefined) throw serviceNotFound(change.service);
    const wanted = change.wanted(service);
    if (change.isDone(service, wanted)) return;
    const outcome = await swarm.updateService(service, withReferences(service, wanted), signal);
    if (outcome === "updated") return;
  }
  throw new RotationError("store-conflict", {
    kind: "transient",
    message: `the service ${change.service} was changed by somebody else at each of ${COLLISIONS_ALLOWED} attempts to update it`,
    hint: "Find what keeps updating it.",
  });
}
