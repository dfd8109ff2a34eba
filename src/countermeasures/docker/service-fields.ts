/** Parts of a service's spec that a lockdown changes, each by a name of its own, so that each can be put back alone. */
import type { ServiceSpec, UpdateConfig } from "../../connections/docker/engine-api.ts";
import type { Json } from "../../domain/ports.ts";

/** `env:NAME`, the number of replicas, how an update rolls out, and where tasks may run. */
export type Field = `env:${string}` | "replicas" | "update" | "constraint";

/** No node has this label, so no task of a global service runs. */
const NOWHERE = "node.labels.keyturn.lockdown==nowhere";

/** What the spec has there now; null for nothing. */
export function fieldOf(spec: ServiceSpec, field: Field): Json {
  switch (field) {
    case "replicas":
      return spec.Mode?.Replicated?.Replicas ?? null;
    case "update":
      return plain(spec.UpdateConfig);
    case "constraint":
      return constraintsOf(spec).includes(NOWHERE) ? NOWHERE : null;
    default: {
      const name = field.slice("env:".length);
      const found = envOf(spec).find((each) => each.startsWith(`${name}=`));
      return found === undefined ? null : found.slice(name.length + 1);
    }
  }
}

/** The spec with that in it, everything else as it was. A variable keeps its place; a new one stands last. */
export function withField(spec: ServiceSpec, field: Field, value: Json): ServiceSpec {
  switch (field) {
    case "replicas":
      return typeof value === "number" ? { ...spec, Mode: { Replicated: { Replicas: value } } } : spec;
    case "update":
      return withUpdate(spec, value);
    case "constraint":
      return withConstraints(spec, [
        ...constraintsOf(spec).filter((each) => each !== NOWHERE),
        ...(value === null ? [] : [NOWHERE]),
      ]);
    default:
      return withVariable(spec, field.slice("env:".length), value);
  }
}

/** The field that stops a service of this mode, and the value that does so; null for a job, which cannot be stopped. */
export function stopOf(spec: ServiceSpec): readonly [Field, Json] | null {
  if (spec.Mode?.Replicated !== undefined) return ["replicas", 0];
  return spec.Mode?.Global === undefined ? null : ["constraint", NOWHERE];
}

/** Zeros, empty texts and lists are left out by the engine: they are the same as nothing. */
export function sameField(a: Json, b: Json): boolean {
  return JSON.stringify(normal(a)) === JSON.stringify(normal(b));
}

function normal(value: Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value as Record<string, Json>).filter(
    ([, each]) => each !== 0 && each !== "" && each !== null,
  );
  return Object.fromEntries(kept.toSorted(([a], [b]) => a.localeCompare(b)));
}

function withUpdate(spec: ServiceSpec, value: Json): ServiceSpec {
  const { UpdateConfig: _before, ...rest } = spec;
  // SAFETY of the cast: what `fieldOf` gave.
  return value === null ? rest : { ...rest, UpdateConfig: value as UpdateConfig };
}

function envOf(spec: ServiceSpec): readonly string[] {
  return spec.TaskTemplate.ContainerSpec?.Env ?? [];
}

function withVariable(spec: ServiceSpec, name: string, value: Json): ServiceSpec {
  const isIt = (each: string): boolean => each.startsWith(`${name}=`);
  const before = envOf(spec);
  const text = typeof value === "string" ? [`${name}=${value}`] : [];
  const known = before.some(isIt);
  const env = known ? before.flatMap((each) => (isIt(each) ? text : [each])) : [...before, ...text];
  const { TaskTemplate } = spec;
  return {
    ...spec,
    TaskTemplate: { ...TaskTemplate, ContainerSpec: { ...TaskTemplate.ContainerSpec, Env: env } },
  };
}

function constraintsOf(spec: ServiceSpec): readonly string[] {
  return spec.TaskTemplate.Placement?.Constraints ?? [];
}

function withConstraints(spec: ServiceSpec, constraints: readonly string[]): ServiceSpec {
  const { TaskTemplate } = spec;
  return {
    ...spec,
    TaskTemplate: { ...TaskTemplate, Placement: { ...TaskTemplate.Placement, Constraints: constraints } },
  };
}

function plain(value: UpdateConfig | undefined): Json {
  return value === undefined ? null : (value as Json);
}
