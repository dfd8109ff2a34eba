/** Docker secrets as targets: one for each name that services mount them under, versions of a family taken together. */
import type { DockerSecretConfig } from "./config.ts";
import { LONGEST_BASE_NAME } from "./copy.ts";
import { mountOf } from "./references.ts";
import type { DockerClient } from "../../connections/docker/client.ts";
import type { Service, SwarmObject } from "../../connections/docker/engine-api.ts";
import type { DiscoveryOrder, FoundTarget } from "../../domain/discovery.ts";
import { readAgain } from "../../domain/read-again.ts";

interface Use {
  readonly service: Service;
  readonly secret: string;
  readonly family: string;
  readonly mount: string;
}

export async function discoverSecrets(
  { connection, configured, context }: DiscoveryOrder<DockerSecretConfig>,
  signal: AbortSignal,
): Promise<readonly FoundTarget[]> {
  const { swarm } = context.connection<DockerClient>("docker", connection);
  const secrets = await readAgain(context.clock, signal, () => swarm.objects("secrets", signal));
  const services = await readAgain(context.clock, signal, () => swarm.services(signal));
  const ours = configured.filter((each) => each.connection === connection);
  const uses = services.flatMap(usesOf);
  const mounted = Map.groupBy(uses, ({ mount, family }) => JSON.stringify([mount, family]));
  const open = [...mounted.values()].filter((group) => !ours.some((each) => covers(each, group)));
  const known = new Set([...uses.map(({ family }) => family), ...ours.map(({ name }) => name)]);
  const idle = [...new Set(secrets.map(({ Spec }) => familyOf(Spec.Name)))].filter(
    (name) => !known.has(name),
  );
  return [
    ...open.flatMap((group) => foundInUse(connection, group, uses)),
    ...idle.map((name) => foundIdle(connection, name, secrets)),
  ].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether a configured target switches these services already. */
function covers({ name, services }: DockerSecretConfig, group: readonly Use[]): boolean {
  return group.every(
    ({ mount, family, service }) =>
      mount === name && (services === "auto" ? family === name : services.includes(service.Spec.Name)),
  );
}

/** `azure_secret` of `azure_secret_v7`. */
function familyOf(name: string): string {
  return /^(.+)_v\d{1,15}$/.exec(name)?.[1] ?? name;
}

function usesOf(service: Service): readonly Use[] {
  return (service.Spec.TaskTemplate.ContainerSpec?.Secrets ?? []).flatMap((reference) => {
    const mount = mountOf(reference);
    const { SecretName: secret } = reference;
    return mount === undefined ? [] : [{ service, secret, family: familyOf(secret), mount }];
  });
}

/** A target's name is the name that services mount it under, whatever the secret is called that they mount now. */
function foundInUse(connection: string, group: readonly Use[], all: readonly Use[]): readonly FoundTarget[] {
  const [first] = group;
  if (first === undefined) return [];
  const { mount, family } = first;
  const names = group.map(({ service }) => service.Spec.Name).toSorted();
  const leaf = {
    kind: "docker-secret",
    connection,
    name: mount,
    ...(mount === family ? { services: "auto" } : { services: names }),
  };
  const rivals = all.filter((each) => each.mount === mount && each.family !== family);
  const notes = [
    ...group.map(
      ({ service, secret }) => `${service.Spec.Name} mounts ${secret} as ${mount}${jobNote(service)}`,
    ),
    ...[...new Set(rivals.map((each) => each.service.Spec.Name))].map(
      (name) => `${name} mounts another secret under the same name, which one target cannot tell apart`,
    ),
    ...(isNameable(mount) ? [] : [`keyturn cannot manage a secret that is mounted as ${mount}`]),
  ];
  return [{ name: family, leaf, notes }];
}

function foundIdle(connection: string, name: string, secrets: readonly SwarmObject[]): FoundTarget {
  const copies = secrets.map(({ Spec }) => Spec.Name).filter((each) => familyOf(each) === name);
  const leaf = { kind: "docker-secret", connection, name, services: "auto" };
  return { name, leaf, notes: [`no service uses ${copies.toSorted().join(", ")}`] };
}

function jobNote({ Spec: { Mode } }: Service): string {
  const isJob = Mode?.ReplicatedJob !== undefined || Mode?.GlobalJob !== undefined;
  return isJob ? " (a job: an update would run it again, so it cannot be switched)" : "";
}

function isNameable(mount: string): boolean {
  return /^[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?$/.test(mount) && mount.length <= LONGEST_BASE_NAME;
}
