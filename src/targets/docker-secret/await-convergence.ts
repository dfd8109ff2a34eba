/** Looks at a service until it has converged, cannot any more, or its time is up. */
import type { Verdict } from "./convergence.ts";
import { RotationError } from "../../domain/errors.ts";
import { formatDuration, type Clock } from "../../domain/time.ts";

/** Swarm itself acts on a change within about 100 ms; a look costs an engine two list calls. */
const LOOK_EVERY_MS = 500;

export interface Wait {
  readonly service: string;
  readonly withinMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Resolves when the service has converged. `kind` is what a failure means to the caller: to a revert, "try again". */
export async function awaitConvergence(
  look: () => Promise<Verdict>,
  kind: "rejected" | "transient",
  wait: Wait,
): Promise<void> {
  const { clock, signal, withinMs } = wait;
  const startedMs = clock.monotonicMs();
  const watch = new Watch();
  for (;;) {
    const seen = await lookOnce(look, signal);
    if (seen.state === "converged" && watch.isStable(seen, clock.monotonicMs())) return;
    if (seen.state !== "waiting" && seen.state !== "converged" && seen.state !== "no-answer")
      throw failure(seen, kind, wait.service);
    if (clock.monotonicMs() - startedMs >= withinMs) {
      if (seen.state === "no-answer") throw seen.error;
      throw timeUp(seen, kind, wait);
    }
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => rejectAborted(wait.service));
  }
}

/** A look that fails for a moment (a manager hands over) does not end the wait. */
async function lookOnce(
  look: () => Promise<Verdict>,
  signal: AbortSignal,
): Promise<Verdict | { state: "no-answer"; error: RotationError }> {
  try {
    return await look();
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof RotationError) || thrown.kind !== "transient") throw thrown;
    return { state: "no-answer", error: thrown };
  }
}

/** Remembers since when the same tasks run: one that is restarted again and again is running at many moments, too. */
class Watch {
  #running: string | null = null;
  #sinceMs = 0;

  isStable(seen: { running: string; watchMs: number }, nowMs: number): boolean {
    if (seen.running !== this.#running) {
      this.#running = seen.running;
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs >= seen.watchMs;
  }
}

function failure(
  seen: Exclude<Verdict, { state: "waiting" | "converged" }>,
  kind: "rejected" | "transient",
  service: string,
): RotationError {
  switch (seen.state) {
    case "rolled-back":
      return new RotationError("rolled-back-by-swarm", {
        kind,
        message: `the service ${service} was rolled back, by swarm or by hand: ${seen.why}`,
        hint: `If its new tasks failed, docker service ps --no-trunc ${service} tells why.`,
      });
    case "paused":
      return new RotationError("not-converged", {
        kind,
        message: `swarm paused the update of the service ${service}: ${seen.why}`,
        hint: `See why the new tasks failed: docker service ps --no-trunc ${service}.`,
      });
    case "not-in-use":
      return new RotationError("not-in-use", {
        kind,
        message: `the service ${service} does not use the version that it should: ${seen.why}`,
        hint: `Somebody else may have updated it: docker service inspect ${service}.`,
      });
  }
}

function timeUp(seen: Verdict, kind: "rejected" | "transient", wait: Wait): RotationError {
  const why = seen.state === "waiting" ? seen.why : "its tasks do not stay up";
  return new RotationError("not-converged", {
    kind,
    message: `the service ${wait.service} did not converge within ${formatDuration(wait.withinMs)}: ${why}`,
    hint: `See docker service ps --no-trunc ${wait.service}; a slow service needs a longer converge in its target.`,
  });
}

function rejectAborted(service: string): never {
  throw new RotationError("aborted", {
    kind: "transient",
    message: `waiting for the service ${service} was cancelled`,
  });
}
