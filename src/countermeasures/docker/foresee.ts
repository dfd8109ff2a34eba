/** What a lockdown of this site would meet today, found by looking. */
import type { DockerSite } from "./docker-site.ts";
import { delayOf, isShort } from "./restart.ts";

export async function foresee(site: DockerSite, signal: AbortSignal): Promise<readonly string[]> {
  const { found, blind } = await site.look(signal);
  const warnings = blind.map(({ subject, error }) => `${subject} cannot be asked: ${error?.message ?? ""}`);
  const missing = site.config.containers.filter((name) => !found.some((each) => each.name === name));
  warnings.push(...missing.map((name) => `there is no running container ${name}`));
  if (site.config.services.length === 0) return warnings;
  const services = await site.swarm.services(signal);
  for (const name of site.config.services) {
    const service = services.find(({ Spec }) => Spec.Name === name);
    if (service === undefined) warnings.push(`there is no service ${name}`);
    else if (isShort(service))
      warnings.push(
        `the restart delay of ${name} is ${delayOf(service)} ms: old code may run before the update`,
      );
  }
  return [
    ...warnings,
    ...(await unreachable(
      site,
      found.map(({ id }) => id),
      signal,
    )),
  ];
}

/** Nodes that run tasks which no engine shows: they would be scaled to nothing. */
async function unreachable(
  site: DockerSite,
  seen: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const services = (await site.swarm.services(signal)).filter(({ Spec }) =>
    site.config.services.includes(Spec.Name),
  );
  const ids = services.map(({ ID }) => ID);
  const [tasks, nodes] = await Promise.all([site.swarm.tasks(ids, signal), site.swarm.nodes(signal)]);
  const lost = new Set(
    tasks.flatMap(({ NodeID, Status }) =>
      Status.State === "running" && !seen.includes(Status.ContainerStatus?.ContainerID ?? "")
        ? (NodeID ?? [])
        : [],
    ),
  );
  return [...lost].map((id) => {
    const host = nodes.find(({ ID }) => ID === id)?.Description?.Hostname ?? id;
    return `the engine of node ${host} cannot be asked: its services would be scaled to nothing`;
  });
}
