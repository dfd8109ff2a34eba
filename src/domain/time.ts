/** A point in time: milliseconds since the Unix epoch, UTC. Names end in `At`. */
export type Instant = number;

/** Wall clock, monotonic clock and waiting, handed in so that one seed can replay a whole schedule. */
export interface Clock {
  now(): Instant;
  /** Milliseconds from an arbitrary origin; never jumps when the wall clock is set. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const SECOND_MS = UNIT_MS.s;
export const MINUTE_MS = UNIT_MS.m;
export const HOUR_MS = UNIT_MS.h;
export const DAY_MS = UNIT_MS.d;

/** Parses `90d`, `24h`, `30m`, `10s` or `250ms` into milliseconds; `null` when it is none of these. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (!match) return null;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** Writes a duration with its two largest units, for people: `2d 3h`, `4m 10s`, `0.8s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1000) * 1000;
  for (const [unit, size] of [
    ["d", DAY_MS],
    ["h", HOUR_MS],
    ["m", MINUTE_MS],
    ["s", SECOND_MS],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

/** ISO 8601 in UTC with milliseconds; `null` stays `null`. */
export function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
