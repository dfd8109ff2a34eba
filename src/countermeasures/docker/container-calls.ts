/** What is done to one container. Each resolves when it is so already. */
import type { CallOrder } from "../../connections/docker/call.ts";
import { killContainerProcesses } from "../../connections/process/container-processes.ts";
import type { Found } from "./found-containers.ts";

/** The cgroup freezer stops every process of the container at once; no process can refuse. */
export function pause(container: Found, signal: AbortSignal): Promise<unknown> {
  return post(container, "pause", /already paused/, signal);
}

export function unpause(container: Found, signal: AbortSignal): Promise<unknown> {
  return post(container, "unpause", /not paused/, signal);
}

/**
 * Without running any of their code again: stopping a paused container would thaw it first, and wait. The engine's own
 * kill thaws it, too, but by then every process that this machine shows is dead.
 */
export async function killForGood(containers: readonly Found[], signal: AbortSignal): Promise<void> {
  const local = containers.filter(({ engine }) => engine.host.startsWith("unix://"));
  killContainerProcesses(local.map(({ id }) => id));
  await Promise.all(containers.map((each) => kill(each, signal)));
}

function kill(container: Found, signal: AbortSignal): Promise<unknown> {
  return post(container, "kill", /is not running/, signal, { signal: "KILL" });
}

/** One that runs already is left alone (304). */
export function start(container: Found, signal: AbortSignal): Promise<unknown> {
  return post(container, "start", /already started/, signal);
}

async function post(
  { engine, id, name }: Found,
  action: "pause" | "unpause" | "kill" | "start",
  already: RegExp,
  signal: AbortSignal,
  query?: CallOrder["query"],
): Promise<unknown> {
  const order: CallOrder = {
    method: "POST",
    path: `/containers/${id}/${action}`,
    what: `${action} the container ${name}`,
    ...(query === undefined ? {} : { query }),
    refused: ({ statusCode, message }) =>
      statusCode === 304 || statusCode === 404 || already.test(message) ? new AlreadySo() : undefined,
  };
  return engine.call(order, signal).catch((thrown: unknown) => {
    if (!(thrown instanceof AlreadySo)) throw thrown;
  });
}

class AlreadySo extends Error {}
