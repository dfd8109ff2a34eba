/** Reloading after a switch, and after a switch back. */
import { RotationError } from "../../domain/errors.ts";
import type { Reload } from "../../domain/ports.ts";
import { SECOND_MS, type Clock } from "../../domain/time.ts";

/** A process that is being restarted has time to come back and write its pid file. */
const RESTART_MS = 10 * SECOND_MS;
const LOOK_EVERY_MS = SECOND_MS / 2;

export async function reloadAll(reloads: readonly Reload[], signal: AbortSignal): Promise<void> {
  for (const reload of reloads) await reload.reload(signal);
}

/**
 * For a way back: a process that does not run uses nothing, and will read what stands there when it starts. One that was
 * just starting may have read the version that goes, so its absence counts only after a while.
 */
export async function reloadIfRunning(
  reloads: readonly Reload[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (const reload of reloads) await reloadUnlessGone(reload, clock, signal);
}

async function reloadUnlessGone(reload: Reload, clock: Clock, signal: AbortSignal): Promise<void> {
  const until = clock.monotonicMs() + RESTART_MS;
  for (;;) {
    try {
      return await reload.reload(signal);
    } catch (thrown) {
      if (!(thrown instanceof RotationError) || thrown.code !== "process-not-running") throw thrown;
      if (clock.monotonicMs() >= until) return;
    }
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {
      throw new RotationError("aborted", { kind: "outcome-unknown", message: `${reload.id} was cancelled` });
    });
  }
}
