/** Which services a target switches. */
import { copyNumber } from "./copy.ts";
import { idOf, mountedAt } from "./references.ts";
import type { Shelved } from "./shelved.ts";
import type { Service, SwarmObject } from "../../connections/docker/engine-api.ts";
import { serviceNotFound, type Swarm } from "../../connections/docker/swarm.ts";
import { RotationError } from "../../domain/errors.ts";

export async function findServices(
  swarm: Swarm,
  config: Shelved,
  signal: AbortSignal,
): Promise<readonly Service[]> {
  const services = await swarm.services(signal);
  const found =
    config.services === "auto"
      ? usersOf(config, services, await swarm.objects(config.shelf, signal))
      : config.services.map((name) => named(name, services));
  for (const service of found) assertSwitchable(service);
  return found;
}

/**
 * Services that mount one of its copies, or the unversioned one from before keyturn, where it belongs. Compared by id: `azure_secret_prod` begins like `azure_secret` and has nothing to do with it.
 */
export function usersOf(
  { name, mount }: Pick<Shelved, "name" | "mount">,
  services: readonly Service[],
  objects: readonly SwarmObject[],
): readonly Service[] {
  const family = objects.filter(({ Spec }) => Spec.Name === name || copyNumber(name, Spec.Name) !== null);
  const ids = new Set(family.map(({ ID }) => ID));
  return services.filter((service) => ids.has(idOf(mountedAt(service.Spec.TaskTemplate, mount)) ?? ""));
}

function named(name: string, services: readonly Service[]): Service {
  const service = services.find((candidate) => candidate.Spec.Name === name);
  if (service === undefined) throw serviceNotFound(name);
  return service;
}

/** Any update of a job runs the job again (API 1.41, ServiceSpec.Mode). */
export function assertSwitchable(service: Service): void {
  const { Mode, Name, TaskTemplate } = service.Spec;
  const isJob = Mode?.ReplicatedJob !== undefined || Mode?.GlobalJob !== undefined;
  if (!isJob && TaskTemplate.ContainerSpec !== undefined) return;
  throw new RotationError("service-unsupported", {
    kind: "rejected",
    message: isJob
      ? `the service ${Name} is a job: an update would run it again`
      : `the service ${Name} runs no containers`,
    hint: "Name the services to switch in the target's services, without this one.",
  });
}
