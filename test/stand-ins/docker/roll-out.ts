/** How swarm brings tasks to a service's spec: one slot after the other, old task first, watching each new one. */
import type { Clock } from "../../../src/domain/time.ts";
import { slotsOf, type StandInService, type StandInTask, type UpdateStatus } from "./model.ts";

/** How long the stand-in takes for what takes swarm seconds: stopping a task, watching a new one. */
const MOMENT_MS = 4;

export interface Cluster {
  readonly tasks: StandInTask[];
  newId(): string;
  nextIndex(): number;
  readonly clock: Clock;
  /** Whether a task of this template comes up and stays up. */
  survives(template: StandInTask["template"]): boolean;
  readonly closing: AbortSignal;
}

/** Replaces every task that is not of the service's template, as `docker service update` does. */
export async function rollOut(cluster: Cluster, service: StandInService): Promise<void> {
  const mine = service.generation;
  const isLatest = (): boolean => service.generation === mine && !cluster.closing.aborted;
  const failed = await replaceAll(cluster, service, isLatest, "updating");
  if (!isLatest()) return;
  const action = service.spec.UpdateConfig?.FailureAction ?? "pause";
  if (!failed || action === "continue") return setStatus(cluster, service, "completed");
  if (action === "pause" || service.previous === null) return setStatus(cluster, service, "paused");
  service.spec = service.previous;
  service.previous = null;
  const failedAgain = await replaceAll(cluster, service, isLatest, "rollback_started");
  if (isLatest()) setStatus(cluster, service, failedAgain ? "rollback_paused" : "rollback_completed");
}

/** Starts the tasks of a new service at once; nothing is watched. */
export function startTasks(cluster: Cluster, service: StandInService): void {
  for (let slot = 1; slot <= slotsOf(service.spec); slot += 1) addTask(cluster, service, slot, "running");
}

/** True when a task failed and the roll-out stopped there. */
async function replaceAll(
  cluster: Cluster,
  service: StandInService,
  isLatest: () => boolean,
  state: UpdateStatus["State"],
): Promise<boolean> {
  setStatus(cluster, service, state);
  let failed = false;
  for (let slot = 1; slot <= slotsOf(service.spec) && isLatest(); slot += 1) {
    failed = (await replaceOne(cluster, service, slot, isLatest)) || failed;
    if (failed && service.spec.UpdateConfig?.FailureAction !== "continue") return true;
  }
  return failed;
}

async function replaceOne(
  cluster: Cluster,
  service: StandInService,
  slot: number,
  isLatest: () => boolean,
): Promise<boolean> {
  const wanted = JSON.stringify(service.spec.TaskTemplate);
  const here = cluster.tasks.filter((task) => task.service === service.id && task.slot === slot);
  const old = here.filter((task) => task.desired !== "shutdown");
  if (old.some((task) => task.state === "running" && JSON.stringify(task.template) === wanted)) return false;
  const fresh = addTask(cluster, service, slot, "ready");
  for (const task of old) task.desired = "shutdown";
  await moment(cluster);
  for (const task of old) task.state = "shutdown";
  if (!isLatest()) return false;
  service.restarts += 1;
  fresh.desired = "running";
  fresh.state = "running";
  await moment(cluster);
  if (cluster.survives(fresh.template)) return false;
  fresh.state = "failed";
  return true;
}

function addTask(
  cluster: Cluster,
  service: StandInService,
  slot: number,
  as: "running" | "ready",
): StandInTask {
  const template = service.spec.TaskTemplate;
  const task: StandInTask = {
    id: cluster.newId(),
    service: service.id,
    slot,
    template,
    desired: as,
    state: as,
  };
  cluster.tasks.push(task);
  return task;
}

function setStatus(cluster: Cluster, service: StandInService, state: UpdateStatus["State"]): void {
  service.status = { State: state, Message: state.replaceAll("_", " ") };
  service.index = cluster.nextIndex();
}

async function moment(cluster: Cluster): Promise<void> {
  // A stand-in that closes lets its roll-outs end; they change nothing any more.
  await cluster.clock.sleep(MOMENT_MS, cluster.closing).catch(() => undefined);
}
