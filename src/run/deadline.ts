import { RotationError } from "../domain/errors.ts";
import type { Clock } from "../domain/time.ts";

/** How long after its abort a call may take to settle before it is given up. */
const GRACE_MS = 5_000;

/**
 * Runs `call` under a deadline. The call's signal aborts at the deadline, or when `stop` does; a call that does not
 * settle then is left behind, and its outcome is unknown.
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  stop: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const timer = new AbortController();
  const signal = AbortSignal.any([abort.signal, stop]);
  const late = clock.sleep(timeoutMs, timer.signal).then(async () => {
    abort.abort(timedOut(timeoutMs));
    await clock.sleep(GRACE_MS, timer.signal);
    throw timedOut(timeoutMs);
  });
  const stopped = new Promise<never>((_, reject) => {
    const leave = (): void => {
      clock.sleep(GRACE_MS, timer.signal).then(
        () => reject(stopping()),
        () => undefined,
      );
    };
    if (stop.aborted) leave();
    else stop.addEventListener("abort", leave, { once: true, signal: timer.signal });
  });
  try {
    return await Promise.race([call(signal), late, stopped]);
  } finally {
    timer.abort(new Error("settled"));
    late.catch(() => undefined);
  }
}

function timedOut(timeoutMs: number): RotationError {
  return new RotationError("timeout", {
    kind: "outcome-unknown",
    message: `no answer within ${Math.round(timeoutMs / 1000)} s`,
    hint: "Look at whether the other side is up; the outcome is looked for before anything is repeated.",
  });
}

function stopping(): RotationError {
  return new RotationError("aborted", {
    kind: "outcome-unknown",
    message: "keyturn was asked to stop while the call was under way",
    hint: "`keyturn recover` finishes or undoes it.",
  });
}
