/** The secret references in a service's spec, found by the name they are mounted under. Nothing else is ever changed. */
import type { SecretReference, Service, ServiceSpec, TaskSpec } from "../../connections/docker/engine-api.ts";

/** Where Docker mounts secrets; a reference may spell the path out. */
const MOUNT_FOLDER = "/run/secrets/";

/** What a mount must hold: the reference, or nothing. */
export type Wanted = ReadonlyMap<string, SecretReference | null>;

export function mountedAt(spec: TaskSpec, mount: string): SecretReference | undefined {
  return spec.ContainerSpec?.Secrets?.find((reference) => mountOf(reference) === mount);
}

/** True when every mount holds the secret that it should. */
export function holds(spec: TaskSpec, wanted: Wanted): boolean {
  return [...wanted].every(([mount, reference]) => mountedAt(spec, mount)?.SecretID === reference?.SecretID);
}

/** The spec with these mounts set, each in its old place; everything else is what it was. */
export function withReferences(service: Service, wanted: Wanted): ServiceSpec {
  const template = service.Spec.TaskTemplate;
  const before = template.ContainerSpec?.Secrets ?? [];
  const kept = before.flatMap((reference) => {
    const replacement = wanted.get(mountOf(reference) ?? "");
    if (replacement === undefined) return [reference];
    return replacement === null ? [] : [replacement];
  });
  const missing = [...wanted].filter(([mount]) => mountedAt(template, mount) === undefined);
  const added = missing.flatMap(([, reference]) => reference ?? []);
  const container = { ...template.ContainerSpec, Secrets: [...kept, ...added] };
  return { ...service.Spec, TaskTemplate: { ...template, ContainerSpec: container } };
}

/** A reference to another secret under the same mount, owner and mode; for a new mount, Docker's own defaults. */
export function referenceTo(
  secret: { id: string; name: string },
  mount: string,
  before: SecretReference | undefined,
): SecretReference {
  const file = before?.File ?? { Name: mount, UID: "0", GID: "0", Mode: 0o444 };
  return { File: file, SecretID: secret.id, SecretName: secret.name };
}

/** The name below Docker's folder; an absolute path where a secret is mounted elsewhere. */
export function mountOf(reference: SecretReference): string | undefined {
  const name = reference.File?.Name;
  return name?.startsWith(MOUNT_FOLDER) ? name.slice(MOUNT_FOLDER.length) : name;
}
