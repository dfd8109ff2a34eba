import { DAY_MS, formatDuration, HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from "../../domain/time.ts";

/** A length of time in its largest unit: `80d`, `23h`, `4m`, `9s`. */
export function span(ms: number): string {
  const rest = Math.abs(ms);
  for (const [unit, size] of [
    ["d", DAY_MS],
    ["h", HOUR_MS],
    ["m", MINUTE_MS],
  ] as const) {
    if (rest >= size) return `${Math.floor(rest / size)}${unit}`;
  }
  return `${Math.floor(rest / SECOND_MS)}s`;
}

/** `in 3d`, `2h ago`. */
export function fromNow(at: Instant, now: Instant): string {
  return at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`;
}

/** `2026-11-24 02:00 UTC (in 1d 3h)`. */
export function moment(at: Instant, now: Instant): string {
  const date = new Date(at).toISOString();
  const distance = at > now ? `in ${formatDuration(at - now)}` : `${formatDuration(now - at)} ago`;
  return `${date.slice(0, 10)} ${date.slice(11, 16)} UTC (${distance})`;
}
