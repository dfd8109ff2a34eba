/** Looks again and again until what is there passes, or the time is up. */
import { RotationError } from "../domain/errors.ts";
import { SECOND_MS, type Clock } from "../domain/time.ts";

export type Look<T> = { readonly passed: T } | { readonly seen: string };

export interface PollOrder<T> {
  /** What is probed, for people: `https://host/healthz`. */
  readonly subject: string;
  readonly withinMs: number;
  readonly everyMs: number;
  /** How long one look may take at most. */
  readonly lookMs: number;
  /** Tells what it saw; never quotes an answer's text. Settles soon after its signal aborts. */
  look(signal: AbortSignal): Promise<Look<T>>;
}

export async function poll<T>(order: PollOrder<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  const until = clock.monotonicMs() + order.withinMs;
  for (;;) {
    if (signal.aborted) throw cancelled(order.subject);
    const seen = await lookOnce(order, until - clock.monotonicMs(), clock, signal);
    if ("passed" in seen) return seen.passed;
    const leftMs = until - clock.monotonicMs();
    if (leftMs <= 0) throw failed(order, seen.seen);
    await clock.sleep(Math.min(order.everyMs, leftMs), signal).catch(() => undefined);
  }
}

async function lookOnce<T>(
  order: PollOrder<T>,
  leftMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Look<T>> {
  const late = new AbortController();
  const timer = new AbortController();
  // A last look, when the time is just up, still gets a moment.
  const lookMs = Math.min(order.lookMs, Math.max(leftMs, SECOND_MS));
  const alarm = clock.sleep(lookMs, timer.signal).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    return await order.look(AbortSignal.any([signal, late.signal]));
  } catch (thrown) {
    if (signal.aborted) throw cancelled(order.subject);
    if (late.signal.aborted) return { seen: `no answer within ${lookMs / 1000} s` };
    throw thrown;
  } finally {
    timer.abort();
    await alarm;
  }
}

function failed(order: PollOrder<unknown>, seen: string): RotationError {
  return new RotationError("probe-failed", {
    kind: "rejected",
    message: `the probe of ${order.subject} did not pass within ${order.withinMs / 1000} s; last seen: ${seen}`,
    hint: "Look at the consumer's log, or raise the probe's `within` if it only needs longer.",
  });
}

function cancelled(subject: string): RotationError {
  return new RotationError("aborted", {
    kind: "transient",
    message: `the probe of ${subject} was cancelled`,
  });
}
