/** Puts references into a service's spec, over whatever others do to the service at the same time. */
import { holds, withReferences, type Wanted } from "./references.ts";
import type { Service } from "../../connections/docker/engine-api.ts";
import { serviceNotFound, type Swarm } from "../../connections/docker/swarm.ts";
import { RotationError } from "../../domain/errors.ts";

/** Each refusal means that somebody else's update won; a dozen in a row means that something updates in a loop. */
const COLLISIONS_ALLOWED = 12;

/**
 * Reads the service and swaps its spec for one with the references that `wanted` gives for it, until no one was faster.
 * `always`: sends the spec even when nothing changes. Swarm then restarts no task but gives the service a new version,
 * so that an earlier call that was cut and has yet to land is refused.
 */
export async function changeService(
  swarm: Swarm,
  name: string,
  wanted: (service: Service) => Wanted,
  mode: "always" | "if-needed",
  signal: AbortSignal,
): Promise<void> {
  for (let collisions = 0; collisions < COLLISIONS_ALLOWED; collisions += 1) {
    const service = await swarm.findService(name, signal);
    if (service === undefined) throw serviceNotFound(name);
    const references = wanted(service);
    if (mode === "if-needed" && holds(service.Spec.TaskTemplate, references)) return;
    const spec = withReferences(service, references);
    if ((await swarm.updateService(service, spec, signal)) === "updated") return;
  }
  throw new RotationError("store-conflict", {
    kind: "transient",
    message: `the service ${name} was changed by somebody else at each of ${COLLISIONS_ALLOWED} attempts to update it`,
    hint: "Find what keeps updating it.",
  });
}
