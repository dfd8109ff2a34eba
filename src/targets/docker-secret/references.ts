/** The secrets and configs in a service's spec, found by where they are mounted. Nothing else is ever changed. */
import type {
  ConfigReference,
  SecretReference,
  Service,
  ServiceSpec,
  TaskSpec,
} from "../../connections/docker/engine-api.ts";
import type { Shelf } from "../../connections/docker/swarm.ts";

/**
 * Where something is mounted: the name of a secret below Docker's folder, or an absolute path; of a config, `config:` and
 * its absolute path. Baselines name their entries by it.
 */
export type Mount = string;

export type Reference = SecretReference | ConfigReference;

/** What a mount must hold: the reference, or nothing. */
export type Wanted = ReadonlyMap<Mount, Reference | null>;

/** Where Docker mounts secrets; a reference may spell the path out. */
const SECRETS_FOLDER = "/run/secrets/";
const CONFIG = "config:";

/** `path` is absolute. */
export function configMount(path: string): Mount {
  return `${CONFIG}${path}`;
}

export function mountedAt(spec: TaskSpec, mount: Mount): Reference | undefined {
  return referencesIn(spec, shelfOf(mount)).find((reference) => mountOf(reference) === mount);
}

/** True when every mount holds what it should. */
export function holds(spec: TaskSpec, wanted: Wanted): boolean {
  return [...wanted].every(([mount, reference]) => idOf(mountedAt(spec, mount)) === idOf(reference));
}

/** The spec with these mounts set, each in its old place; everything else is what it was. */
export function withReferences(service: Service, wanted: Wanted): ServiceSpec {
  const template = service.Spec.TaskTemplate;
  // SAFETY of the casts: a reference stands on the shelf that its mount is of.
  const container = {
    ...template.ContainerSpec,
    ...(has(wanted, "secrets") && { Secrets: mounted(template, "secrets", wanted) as SecretReference[] }),
    ...(has(wanted, "configs") && { Configs: mounted(template, "configs", wanted) as ConfigReference[] }),
  };
  return { ...service.Spec, TaskTemplate: { ...template, ContainerSpec: container } };
}

/** A reference to something else under the same mount, owner and mode; for a new mount, Docker's own defaults. */
export function referenceTo(
  { id, name }: { id: string; name: string },
  mount: Mount,
  before: Reference | undefined,
): Reference {
  const path = shelfOf(mount) === "configs" ? mount.slice(CONFIG.length) : mount;
  const file = before?.File ?? { Name: path, UID: "0", GID: "0", Mode: 0o444 };
  return shelfOf(mount) === "configs"
    ? { File: file, ConfigID: id, ConfigName: name }
    : { File: file, SecretID: id, SecretName: name };
}

export function referencesIn(spec: TaskSpec, shelf: Shelf): readonly Reference[] {
  return (shelf === "secrets" ? spec.ContainerSpec?.Secrets : spec.ContainerSpec?.Configs) ?? [];
}

/** Undefined for what is mounted nowhere. */
export function mountOf(reference: Reference): Mount | undefined {
  const name = reference.File?.Name;
  if (name === undefined) return undefined;
  if ("ConfigID" in reference) return configMount(name.startsWith("/") ? name : `/${name}`);
  return name.startsWith(SECRETS_FOLDER) ? name.slice(SECRETS_FOLDER.length) : name;
}

export function idOf(reference: Reference | null | undefined): string | undefined {
  if (reference == null) return undefined;
  return "ConfigID" in reference ? reference.ConfigID : reference.SecretID;
}

export function nameOf(reference: Reference): string {
  return "ConfigID" in reference ? reference.ConfigName : reference.SecretName;
}

export function shelfOf(mount: Mount): Shelf {
  return mount.startsWith(CONFIG) ? "configs" : "secrets";
}

function has(wanted: Wanted, shelf: Shelf): boolean {
  return [...wanted.keys()].some((mount) => shelfOf(mount) === shelf);
}

function mounted(template: TaskSpec, shelf: Shelf, wanted: Wanted): readonly Reference[] {
  const kept = referencesIn(template, shelf).flatMap((reference) => {
    const replacement = wanted.get(mountOf(reference) ?? "");
    if (replacement === undefined) return [reference];
    return replacement === null ? [] : [replacement];
  });
  const missing = [...wanted].filter(
    ([mount]) => shelfOf(mount) === shelf && mountedAt(template, mount) === undefined,
  );
  return [...kept, ...missing.flatMap(([, reference]) => reference ?? [])];
}
