import type { DockerSite } from "./docker-site.ts";
import { noteOf, stopped } from "./service-note.ts";
import { fieldOf, stopOf } from "./service-fields.ts";
import { outcomeOf } from "../outcome.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Outcome } from "../../domain/lockdown.ts";

const COLLISIONS_ALLOWED = 12;

/** Stops every task of the service, wherever it runs. Containers that an engine shows are killed first: none is thawed. */
export function scaleToNothing(site: DockerSite, name: string, signal: AbortSignal): Promise<Outcome> {
  return outcomeOf(site.clock, site.subject(`service ${name}`), async () => {
    for (let collisions = 0; collisions < COLLISIONS_ALLOWED; collisions += 1) {
      const service = await site.service(name, signal);
      const spec = stopped(service.Spec);
      if (spec === null) throw cannotStop(name);
      const [field, none] = stopOf(service.Spec) ?? ["replicas", 0];
      if (fieldOf(service.Spec, field) === none) return { how: "scaled to nothing already" };
      await site.killAll(name, signal);
      if ((await site.swarm.updateService(service, spec, signal)) === "updated") {
        return { how: "scaled to nothing", before: noteOf(spec)?.fields[field]?.before ?? null };
      }
    }
    throw tooBusy(name);
  });
}

export function tooBusy(name: string): RotationError {
  return new RotationError("store-conflict", {
    kind: "transient",
    message: `the service ${name} was changed by somebody else at every attempt to update it`,
    hint: "Find what keeps updating it.",
  });
}

function cannotStop(name: string): RotationError {
  return new RotationError("service-unsupported", {
    kind: "rejected",
    message: `the service ${name} is a job, which cannot be scaled to nothing`,
    hint: `Remove it: docker service rm ${name}.`,
  });
}
