import type { Opening, Weekday, Window } from "../domain/policy.ts";
import { MINUTE_MS, type Instant } from "../domain/time.ts";

const WEEKDAYS: readonly Weekday[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_MINUTES = 24 * 60;
const LONGEST_OPENING_MS = 2 * DAY_MINUTES * MINUTE_MS;

/**
 * When activation may begin: `now` while the window is open, else its next opening. The window's days name the day on
 * which it opens; one that closes before it opens goes past midnight.
 */
export function windowOpensAt(window: Window, timezone: string, now: Instant): Instant {
  const local = localTime(timezone);
  let at = now;
  for (let turn = 0; turn < 32; turn += 1) {
    const { day, minute } = local(at);
    if (isOpen(window, day, minute)) return at;
    at = nextOpening(window.fromMinute, minute, at, local);
  }
  return at;
}

/** The opening that `at` falls into; null while the window is closed. */
export function openingAt(window: Window, timezone: string, at: Instant): Opening | null {
  const local = localTime(timezone);
  const open = (instant: Instant): boolean => {
    const { day, minute } = local(instant);
    return isOpen(window, day, minute);
  };
  if (!open(at)) return null;
  // Minute by minute, since a gap may be as short, and clocks that change lengthen or shorten an opening.
  let fromAt = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  let toAt = fromAt + MINUTE_MS;
  const longest = { from: fromAt - LONGEST_OPENING_MS, to: toAt + LONGEST_OPENING_MS };
  while (fromAt > longest.from && open(fromAt - MINUTE_MS)) fromAt -= MINUTE_MS;
  while (toAt < longest.to && open(toAt)) toAt += MINUTE_MS;
  return { fromAt, toAt };
}

/** Jumps to where the wall clock should show `fromMinute`; clocks that change on the way make the jump fall short or far. */
function nextOpening(fromMinute: number, minute: number, from: Instant, local: LocalTime): Instant {
  const wait = (fromMinute - minute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const jumped = Math.floor(from / MINUTE_MS) * MINUTE_MS + wait * MINUTE_MS;
  // Too short is mended by the next turn. Too far is taken back, unless that opening does not exist on this day.
  const beyond = (local(jumped).minute - fromMinute + DAY_MINUTES) % DAY_MINUTES;
  const back = jumped - beyond * MINUTE_MS;
  return back > from && local(back).minute === fromMinute ? back : jumped;
}

function isOpen(window: Window, day: number, minute: number): boolean {
  const opens = (which: number): boolean => window.days.includes(WEEKDAYS[(which + 7) % 7] as Weekday);
  const { fromMinute, toMinute } = window;
  if (fromMinute < toMinute) return opens(day) && minute >= fromMinute && minute < toMinute;
  return (opens(day) && minute >= fromMinute) || (opens(day - 1) && minute < toMinute);
}

type LocalTime = (at: Instant) => { readonly day: number; readonly minute: number };

function localTime(timezone: string): LocalTime {
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
