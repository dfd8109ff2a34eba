import { asRotationError } from "./errors.ts";
import { SECOND_MS, type Clock } from "./time.ts";

const TRIES = 5;
const PAUSE_MS = 2 * SECOND_MS;

/** A read of a far side that may be merely busy: tried a few times, as far apart as it asks for. Throws its last error. */
export async function readAgain<T>(
  clock: Clock,
  signal: AbortSignal,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read(signal);
    } catch (thrown) {
      const { kind, retryAfterMs } = asRotationError(thrown);
      const mayPass = kind === "transient" || kind === "outcome-unknown";
      if (!mayPass || attempt >= TRIES || signal.aborted) throw thrown;
      await clock.sleep(retryAfterMs ?? PAUSE_MS, signal);
    }
  }
}
