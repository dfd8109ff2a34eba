/**
 * Swarm refuses to remove a secret or a config that a spec uses, but not one that only a service's PreviousSpec or an old task that
 * still runs uses; removing that one breaks the service's rollback for good (moby/swarmkit#2509). So what is used is
 * counted here, after the copies were listed, and swarm's own refusal stays the last guard.
 */
import { copyNumber, copyRef } from "./copy.ts";
import { isLive } from "./convergence.ts";
import { idOf, referencesIn } from "./references.ts";
import type { SwarmObject, TaskSpec } from "../../connections/docker/engine-api.ts";
import type { Shelf, Swarm } from "../../connections/docker/swarm.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Pruned } from "../../domain/ports.ts";
import type { VersionRef } from "../../domain/version.ts";

export async function pruneCopies(
  swarm: Swarm,
  { shelf, name }: { readonly shelf: Shelf; readonly name: string },
  keep: readonly VersionRef[],
  known: readonly VersionRef[],
  signal: AbortSignal,
): Promise<Pruned> {
  const spare = spareCopies(await swarm.objects(shelf, signal), name, keep, known);
  if (spare.length === 0) return { removed: 0, left: 0 };
  const used = await usedIds(swarm, shelf, signal);
  let removed = 0;
  for (const copy of spare) {
    if (!used.has(copy.ID) && (await removeUnlessUsed(swarm, shelf, copy, signal))) removed += 1;
  }
  return { removed, left: spare.length - removed };
}

/** Copies that this journal made and does not want any more. */
function spareCopies(
  objects: readonly SwarmObject[],
  name: string,
  keep: readonly VersionRef[],
  known: readonly VersionRef[],
): readonly SwarmObject[] {
  const kept = new Set(keep.map((ref) => ref.marker));
  const ours = new Set(known.map((ref) => ref.marker));
  return objects.filter((object) => {
    const ref = copyRef(object);
    if (ref === null || !ours.has(ref.marker) || kept.has(ref.marker)) return false;
    return copyNumber(name, object.Spec.Name) === ref.version;
  });
}

async function usedIds(swarm: Swarm, shelf: Shelf, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const services = await swarm.services(signal);
  const tasks = await swarm.tasks(
    services.map((service) => service.ID),
    signal,
  );
  const specs = [
    ...services.flatMap((service) => [service.Spec.TaskTemplate, service.PreviousSpec?.TaskTemplate]),
    ...tasks.filter(isLive).map((task) => task.Spec),
  ];
  const references = specs.flatMap((spec: TaskSpec | undefined) =>
    spec === undefined ? [] : referencesIn(spec, shelf),
  );
  return new Set(references.flatMap((reference) => idOf(reference) ?? []));
}

async function removeUnlessUsed(
  swarm: Swarm,
  shelf: Shelf,
  copy: SwarmObject,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await swarm.remove(shelf, copy, signal);
    return true;
  } catch (thrown) {
    if (thrown instanceof RotationError && thrown.code === "copy-in-use") return false;
    throw thrown;
  }
}
