/**
 * What a lockdown changed in a service, written on the service itself: as a label it is set by the very update that makes
 * the change, so that no crash can come between. It holds nothing that the spec beside it did not hold.
 */
import type { ServiceSpec, UpdateConfig } from "../../connections/docker/engine-api.ts";
import { RotationError } from "../../domain/errors.ts";
import type { RestartOrder } from "../../domain/lockdown.ts";
import type { Json } from "../../domain/ports.ts";
import type { RunId } from "../../domain/version.ts";
import { fieldOf, sameField, stopOf, withField, type Field } from "./service-fields.ts";

const LABEL = "keyturn.lockdown";

export interface ServiceNote {
  /** Null while the containment is not journaled yet. */
  readonly lockdown: RunId | null;
  readonly fields: Readonly<Partial<Record<Field, { readonly before: Json; readonly applied: Json }>>>;
}

const NOTHING: ServiceNote = { lockdown: null, fields: {} };

/** All at once, and never back by itself: what swarm would go back to has revoked credentials. */
const AT_ONCE: UpdateConfig = {
  Parallelism: 0,
  Monitor: 1_000_000_000,
  MaxFailureRatio: 1,
  Order: "stop-first",
  FailureAction: "continue",
};

export function noteOf(spec: ServiceSpec): ServiceNote | null {
  const text = spec.Labels?.[LABEL];
  if (text === undefined) return null;
  try {
    return JSON.parse(text) as ServiceNote;
  } catch {
    throw new RotationError("lift-refused", {
      kind: "rejected",
      message: `the label ${LABEL} of the service ${spec.Name} is not as keyturn wrote it`,
      hint: `Bring the service back by hand, then remove the label: docker service update --label-rm ${LABEL} ${spec.Name}.`,
    });
  }
}

/** Stopped, and nothing else changed. */
export function stopped(spec: ServiceSpec): ServiceSpec | null {
  const stop = stopOf(spec);
  return stop === null
    ? null
    : applied(spec, noteOf(spec)?.lockdown ?? null, [stop, ["update", AT_ONCE as Json]]);
}

/** As it comes back under denial, or stays stopped; `env` of this service. */
export function denied(spec: ServiceSpec, order: RestartOrder): ServiceSpec {
  const env = Object.entries(order.env.get(spec.Name) ?? {}).map(([name, value]): [Field, Json] => [
    `env:${name}`,
    value,
  ]);
  const stop = stopOf(spec);
  const size: [Field, Json][] = stop === null ? [] : [sizeOf(spec, order, stop)];
  return applied(spec, order.lockdown, [["update", AT_ONCE as Json], ...env, ...size]);
}

function sizeOf(
  spec: ServiceSpec,
  order: RestartOrder,
  [field, none]: readonly [Field, Json],
): [Field, Json] {
  if (order.resume === "contained") return [field, none];
  // It may have been stopped to contain it.
  const before = noteOf(spec)?.fields[field];
  return [field, before === undefined ? fieldOf(spec, field) : before.before];
}

/** What was there before the first change stays noted; a field that is as it was needs no note. */
function applied(
  spec: ServiceSpec,
  lockdown: RunId | null,
  changes: readonly (readonly [Field, Json])[],
): ServiceSpec {
  let changed = spec;
  const fields = new Map<Field, { before: Json; applied: Json }>(entries(noteOf(spec) ?? NOTHING));
  for (const [field, value] of changes) {
    const { before } = fields.get(field) ?? { before: fieldOf(spec, field) };
    if (sameField(before, value)) fields.delete(field);
    else fields.set(field, { before, applied: value });
    changed = withField(changed, field, value);
  }
  const note = JSON.stringify({ lockdown, fields: Object.fromEntries(fields) } satisfies ServiceNote);
  return { ...changed, Labels: { ...changed.Labels, [LABEL]: note } };
}

/** Whether the spec has all that its note says was applied. */
export function isDenied(spec: ServiceSpec, lockdown: RunId): boolean {
  const note = noteOf(spec);
  if (note?.lockdown !== lockdown) return false;
  return entries(note).every(([field, { applied: value }]) => sameField(fieldOf(spec, field), value));
}

/** Back, by three-way comparison. Throws `lift-refused` when a field is neither as it was nor as it was made. */
export function lifted(spec: ServiceSpec): ServiceSpec {
  const note = noteOf(spec);
  if (note === null) return spec;
  const foreign = entries(note).filter(([field, { before, applied: value }]) => {
    const now = fieldOf(spec, field);
    return !sameField(now, value) && !sameField(now, before);
  });
  if (foreign.length > 0) throw changedMeanwhile(spec, foreign);
  let changed = spec;
  for (const [field, { before }] of entries(note)) changed = withField(changed, field, before);
  const { [LABEL]: _note, ...labels } = changed.Labels ?? {};
  return { ...changed, Labels: labels };
}

type NoteEntry = [Field, { readonly before: Json; readonly applied: Json }];

function entries({ fields }: ServiceNote): readonly NoteEntry[] {
  return Object.entries(fields) as NoteEntry[];
}

function changedMeanwhile(spec: ServiceSpec, foreign: readonly NoteEntry[]): RotationError {
  const diff = foreign.map(
    ([field, { applied: value }]) =>
      `${field}: lockdown made it ${shown(value)}, it is ${shown(fieldOf(spec, field))}`,
  );
  return new RotationError("lift-refused", {
    kind: "rejected",
    subject: spec.Name,
    message: `somebody changed the service ${spec.Name} since: ${diff.join("; ")}`,
    hint: "Put it back to what the lockdown made it, or to what it was before; then lift again.",
  });
}

/** Somebody else's value of a variable may be a secret. */
function shown(value: Json): string {
  if (value === null) return "absent";
  return typeof value === "string" ? `a text of ${value.length} characters` : JSON.stringify(value);
}
