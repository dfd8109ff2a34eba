/** Between instants and the wall clock of a time zone. */
import { DAY_MS, type Instant } from "../domain/time.ts";

/** A date and time as a wall clock shows it, as if it were UTC: milliseconds, so that it can be counted with. */
export type WallTime = number;

const FORMATS = new Map<string, Intl.DateTimeFormat>();

export function wallTimeAt(timezone: string, at: Instant): WallTime {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

/**
 * The first instant at which the wall clock shows `wall`. A time that is left out, because clocks are put forward, is
 * the instant of that change; of one that comes twice it is the earlier.
 */
export function instantOf(timezone: string, wall: WallTime): Instant {
  // No zone is further from UTC than this; offsets seen on both sides of it are those that can apply.
  const offsets = [-DAY_MS, 0, DAY_MS].map((away) => wallTimeAt(timezone, wall + away) - (wall + away));
  const candidates = [...new Set(offsets)].map((offset) => wall - offset).sort((a, b) => a - b);
  const exact = candidates.find((at) => wallTimeAt(timezone, at) === wall);
  return exact ?? endOfGap(timezone, wall, candidates);
}

/** The wall clock jumps over `wall` somewhere between the candidates. */
function endOfGap(timezone: string, wall: WallTime, candidates: readonly Instant[]): Instant {
  let [before = wall, after = wall] = [candidates[0], candidates.at(-1)];
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (wallTimeAt(timezone, middle) >= wall) after = middle;
    else before = middle;
  }
  return after;
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  FORMATS.set(timezone, format);
  return format;
}
