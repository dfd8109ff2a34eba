/** The end of a containment: under denial, or stopped for good. */
import { killForGood, start } from "./container-calls.ts";
import type { DockerSite } from "./docker-site.ts";
import { denied, isDenied } from "./service-note.ts";
import { fieldOf, stopOf } from "./service-fields.ts";
import { tooBusy } from "./scale.ts";
import { outcomeOf } from "../outcome.ts";
import type { Service, Task } from "../../connections/docker/engine-api.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Outcome, RestartOrder } from "../../domain/lockdown.ts";
import type { Json } from "../../domain/ports.ts";

const COLLISIONS_ALLOWED = 12;
const LOOK_EVERY_MS = 200;
const SETTLE_MS = 60_000;
/** swarmkit's default, in nanoseconds. */
const DEFAULT_DELAY_NS = 5_000_000_000;
/** Between the kill and the update there are a few calls to the manager. */
const LEAST_DELAY_MS = 2_000;

/** Restarts a service that no rotation has restarted: the same update, without new secrets. */
export function restartService(
  site: DockerSite,
  order: RestartOrder,
  name: string,
  signal: AbortSignal,
): Promise<Outcome> {
  return outcomeOf(site.clock, site.subject(`service ${name}`), async () => {
    for (let collisions = 0; collisions < COLLISIONS_ALLOWED; collisions += 1) {
      const service = await site.service(name, signal);
      await site.killAll(name, signal);
      // Swarm then starts what the spec says, by itself.
      if (isDenied(service.Spec, order.lockdown)) return { how: "killed" };
      const outcome = await site.swarm.updateService(service, denied(service.Spec, order), signal);
      if (outcome === "updated") return { how: "killed and updated" };
    }
    throw tooBusy(name);
  });
}

/** After a restart delay that is too short, swarm may have started the old spec before the update reached it. */
function came(service: Service, running: number): Json {
  if (!isShort(service)) return { running };
  const warning = `the service's restart delay of ${delayOf(service)} ms is so short that its old code may have run before the update`;
  return { running, warning };
}

export function delayOf({ Spec }: Service): number {
  return (Spec.TaskTemplate.RestartPolicy?.Delay ?? DEFAULT_DELAY_NS) / 1e6;
}

export function isShort(service: Service): boolean {
  return delayOf(service) < LEAST_DELAY_MS;
}

/** Waits until the service is as the update wants it; an old task that came up in between is killed. */
export function settleService(
  site: DockerSite,
  order: RestartOrder,
  name: string,
  signal: AbortSignal,
): Promise<Outcome> {
  return outcomeOf(site.clock, site.subject(`service ${name}`), async () => {
    const startedMs = site.clock.monotonicMs();
    for (;;) {
      const service = await site.service(name, signal);
      const live = (await site.swarm.tasks([service.ID], signal)).filter(isLive);
      const stale = live.filter((task) => !hasEnv(task, order.env.get(name) ?? {}));
      await killStale(site, stale, signal);
      const running = live.filter(({ Status }) => Status.State === "running").length - stale.length;
      const wanted = wantedOf(service, live.length);
      if (stale.length === 0 && running === wanted && live.length === wanted) return came(service, running);
      if (site.clock.monotonicMs() - startedMs > SETTLE_MS) throw notThere(name, running, wanted);
      await site.clock.sleep(LOOK_EVERY_MS, signal);
    }
  });
}

const OVER = new Set(["complete", "shutdown", "failed", "rejected", "remove", "orphaned"]);

function isLive({ Status, DesiredState }: Task): boolean {
  return !OVER.has(Status.State) && !(Status.State !== "running" && OVER.has(DesiredState));
}

function hasEnv({ Spec }: Task, env: Readonly<Record<string, string>>): boolean {
  const has = Spec.ContainerSpec?.Env ?? [];
  return Object.entries(env).every(([name, value]) => has.includes(`${name}=${value}`));
}

async function killStale(site: DockerSite, stale: readonly Task[], signal: AbortSignal): Promise<void> {
  const ids = new Set(stale.map(({ Status }) => Status.ContainerStatus?.ContainerID ?? ""));
  if (ids.size === 0) return;
  const { found } = await site.look(signal);
  await killForGood(
    found.filter(({ id }) => ids.has(id)),
    signal,
  );
}

/** A global service runs where it may: as many as there are. */
function wantedOf({ Spec }: Service, live: number): number {
  const [field, none] = stopOf(Spec) ?? ["replicas", null];
  const size = fieldOf(Spec, field);
  if (size === none && none !== null) return 0;
  return typeof size === "number" ? size : live;
}

function notThere(name: string, running: number, wanted: number): RotationError {
  return new RotationError("not-converged", {
    kind: "rejected",
    message: `${running} of ${wanted} tasks of the service ${name} run under denial after ${SETTLE_MS / 1000} s`,
    hint: `See docker service ps --no-trunc ${name}.`,
  });
}

/** What is journaled of a container that may run. */
export const STARTED_AGAIN = "killed and started again";

/** A container that is no task: killed, and started again where it may run; what it reads has been made to deny. */
export function restartContainer(
  site: DockerSite,
  order: RestartOrder,
  name: string,
  signal: AbortSignal,
): Promise<Outcome> {
  return outcomeOf(site.clock, site.subject(`container ${name}`), async () => {
    const { found } = await site.look(signal);
    const container = found.find((each) => each.service === null && each.name === name);
    if (container === undefined) return { how: "did not run" };
    await killForGood([container], signal);
    if (order.resume === "contained") return { how: "killed", id: container.id };
    await start(container, signal);
    return { how: STARTED_AGAIN, id: container.id };
  });
}
