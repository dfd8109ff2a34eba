import type { Clock } from "../domain/time.ts";
import type { Notifier } from "./notifier.ts";

/**
 * Tells the service manager that the daemon is well, as long as it is: while `isWell` says no it stays silent, and the
 * manager starts the daemon anew when its patience is over.
 */
export async function feedWatchdog(
  { clock, notifier, intervalMs }: { clock: Clock; notifier: Notifier; intervalMs: number },
  isWell: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    if (isWell()) notifier.tell("WATCHDOG=1");
    // Half of what is allowed, as sd_watchdog_enabled(3) advises.
    await clock.sleep(intervalMs / 2, signal).catch(() => undefined);
  }
}
