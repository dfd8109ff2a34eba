import { readdirSync, readFileSync } from "node:fs";

/**
 * Processes of these containers that this machine shows; none where they run on another one. `ids` are whole container
 * ids (64 hexadecimal digits), which the paths of control groups hold: nobody else is met.
 */
export function containerProcesses(ids: readonly string[]): readonly number[] {
  const whole = ids.filter((id) => CONTAINER_ID.test(id));
  if (whole.length === 0) return [];
  return processIds().filter((pid) => {
    const group = controlGroupOf(pid);
    return whole.some((id) => group.includes(id));
  });
}

/**
 * Sends SIGKILL to all of them, frozen or not, as far as we may. An engine kills only a container's first process, and
 * thaws all of them to do so: for a moment the others would run. A frozen process that has been killed never runs again.
 */
export function killContainerProcesses(ids: readonly string[]): void {
  for (const pid of containerProcesses(ids)) kill(pid);
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
