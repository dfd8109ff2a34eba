/**
 * Every 30 seconds, by node-cron. It counts on a wall clock that only moves on: set back, it would wait until the clock
 * is where it was, and set far ahead it would count every beat that was left out, one by one. So just before each beat
 * is due the two clocks are compared, and after a leap node-cron begins anew.
 */
import { createTask } from "node-cron";
import { SECOND_MS, type Clock } from "../domain/time.ts";

export const BEAT_MS = 30 * SECOND_MS;
const EXPRESSION = "*/30 * * * * *";
/** Ahead of node-cron's own timer, which is set for the full second. */
const LEAD_MS = 20;
/** Clocks are slewed all the time; this far they are set. */
const LEAP_MS = 2 * SECOND_MS;

const SILENT = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };

export interface HeartbeatOptions {
  readonly clock: Clock;
  /** Must not throw. */
  readonly beat: () => void;
  /** By how much the wall clock moved against the monotonic one. */
  readonly leapt: (ms: number) => void;
}

/** Beats until the signal is aborted. */
export async function keepBeating(
  { clock, beat, leapt }: HeartbeatOptions,
  signal: AbortSignal,
): Promise<void> {
  const task = createTask(EXPRESSION, beat, {
    logger: SILENT,
    suppressMissedWarning: true,
    // A beat that comes late is as good as one in time.
    missedExecutionTolerance: BEAT_MS,
  });
  let drift = clock.now() - clock.monotonicMs();
  const settle = async (): Promise<void> => {
    const moved = clock.now() - clock.monotonicMs() - drift;
    if (Math.abs(moved) <= LEAP_MS) return;
    drift += moved;
    await task.stop();
    await task.start();
    leapt(moved);
    // A clock that is set again and again must not keep it from beating.
    beat();
  };
  await task.start();
  while (!signal.aborted) {
    const leftMs = Math.min(task.msToNext() ?? BEAT_MS, BEAT_MS);
    await clock.sleep(Math.max(leftMs - LEAD_MS, 0), signal).catch(() => undefined);
    await settle();
    await clock.sleep(2 * LEAD_MS, signal).catch(() => undefined);
    // Else the time that is left would be counted on another clock than node-cron's timer was set by.
    await settle();
  }
  await task.destroy();
}
