import { readdirSync, readFileSync } from "node:fs";

/**
 * Sends SIGKILL to every process of these containers that this machine shows, frozen or not; nothing where they run on
 * another one, or where we may not. An engine kills only a container's first process, and thaws all of them to do so: for
 * a moment the others would run. A frozen process that has been killed never runs again.
 *
 * `ids` are whole container ids (64 hexadecimal digits), which the paths of control groups hold: nobody else is met.
 */
export function killContainerProcesses(ids: readonly string[]): void {
  if (ids.length === 0) return;
  for (const pid of processIds()) {
    const group = controlGroupOf(pid);
    if (ids.some((id) => CONTAINER_ID.test(id) && group.includes(id))) kill(pid);
  }
}

const CONTAINER_ID = /^[0-9a-f]{64}$/;

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isSafeInteger);
  } catch {
    return [];
  }
}

function controlGroupOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone, or not ours to kill: the engine still kills the container.
  }
}
