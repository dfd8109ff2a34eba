import type { Weekday, Window } from "../domain/policy.ts";
import { MINUTE_MS, type Instant } from "../domain/time.ts";

const WEEKDAYS: readonly Weekday[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_MINUTES = 24 * 60;

/**
 * When activation may begin: `now` while the window is open, else its next opening. The window's days name the day on
 * which it opens; one that closes before it opens goes past midnight.
 */
export function windowOpensAt(window: Window, timezone: string, now: Instant): Instant {
  const local = localTime(timezone);
  let at = now;
  // Each turn jumps to the next opening by the wall clock; a change of daylight saving on the way costs one more turn.
  for (let turn = 0; turn < 32; turn += 1) {
    const { day, minute } = local(at);
    if (isOpen(window, day, minute)) return at;
    const wait = (window.fromMinute - minute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
    at = Math.floor(at / MINUTE_MS) * MINUTE_MS + wait * MINUTE_MS;
  }
  return at;
}

function isOpen(window: Window, day: number, minute: number): boolean {
  const opens = (which: number): boolean => window.days.includes(WEEKDAYS[(which + 7) % 7] as Weekday);
  const { fromMinute, toMinute } = window;
  if (fromMinute < toMinute) return opens(day) && minute >= fromMinute && minute < toMinute;
  return (opens(day) && minute >= fromMinute) || (opens(day - 1) && minute < toMinute);
}

function localTime(timezone: string): (at: Instant) => { day: number; minute: number } {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map((part) => [part.type, part.value]));
    const day = WEEKDAYS.indexOf((parts.get("weekday") ?? "sun").toLowerCase() as Weekday);
    return { day, minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")) };
  };
}
