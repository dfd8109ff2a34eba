/**
 * Whether a service has done what its spec says, judged from one look at it and its tasks. `UpdateStatus` alone is not
 * enough (it is absent after an update that changed nothing, and stale tasks outlive it), the tasks alone are not
 * either (swarm may still be watching the last one, ready to roll back).
 */
import { holds, type Wanted } from "./references.ts";
import type { Service, Task } from "../../connections/docker/engine-api.ts";

/** swarmkit's default UpdateConfig.Monitor, in nanoseconds; the engine leaves the field out when it is not set. */
const DEFAULT_MONITOR_NS = 5_000_000_000;

export type Verdict =
  | { readonly state: "waiting"; readonly why: string }
  /** All run; `running` identifies the set, `watchMs` says how long it must stay the same before it is believed. */
  | { readonly state: "converged"; readonly running: string; readonly watchMs: number }
  | { readonly state: "not-in-use"; readonly why: string }
  | { readonly state: "rolled-back"; readonly why: string }
  | { readonly state: "paused"; readonly why: string };

const TERMINAL = new Set(["complete", "shutdown", "failed", "rejected", "remove", "orphaned"]);

/** A task that runs, may still run, or is about to. */
export function isLive(task: Task): boolean {
  return !TERMINAL.has(task.Status.State);
}

export function isRunning(task: Task): boolean {
  return task.DesiredState === "running" && task.Status.State === "running";
}

export function judge(service: Service, tasks: readonly Task[], wanted: Wanted): Verdict {
  const update = service.UpdateStatus?.State;
  const told = `${update ?? ""}: ${service.UpdateStatus?.Message ?? ""}`;
  if (!holds(service.Spec.TaskTemplate, wanted)) {
    return update?.startsWith("rollback_")
      ? { state: "rolled-back", why: told }
      : { state: "not-in-use", why: "its spec names another secret" };
  }
  if (update === "paused" || update === "rollback_paused") return { state: "paused", why: told };
  const waiting = whatIsMissing(service, tasks, wanted);
  if (waiting !== null) return { state: "waiting", why: waiting };
  if (update === "updating" || update === "rollback_started") return { state: "waiting", why: told };
  const running = tasks.filter(isRunning).map((task) => task.ID);
  return {
    state: "converged",
    running: running.sort().join(),
    watchMs: running.length === 0 ? 0 : watchMs(service),
  };
}

function whatIsMissing(service: Service, tasks: readonly Task[], wanted: Wanted): string | null {
  const live = tasks.filter(isLive);
  const stale = live.filter((task) => !holds(task.Spec, wanted));
  if (stale.length > 0) return `${count(stale.length, "task")} still with another secret`;
  const current = live.filter((task) => task.DesiredState !== "shutdown" && task.DesiredState !== "remove");
  const running = current.filter(isRunning);
  const desired = service.Spec.Mode?.Replicated?.Replicas ?? current.length;
  if (running.length === desired && running.length === current.length) return null;
  const failed = tasks.find((task) => task.Status.State === "failed" || task.Status.State === "rejected");
  const hint = failed?.Status.Err ? `; a task ended with: ${failed.Status.Err.slice(0, 120)}` : "";
  return `${running.length} of ${count(desired, "task")} running${hint}`;
}

/**
 * Swarm has watched each new task for the monitor period itself when the update completed, unless it was told to
 * carry on after failures. Otherwise nobody has, and we do.
 */
function watchMs(service: Service): number {
  const watched =
    service.UpdateStatus?.State === "completed" && service.Spec.UpdateConfig?.FailureAction !== "continue";
  if (watched) return 0;
  return (service.Spec.UpdateConfig?.Monitor ?? DEFAULT_MONITOR_NS) / 1e6;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
