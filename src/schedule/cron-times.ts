import type { CronTimes } from "../domain/policy.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from "../domain/time.ts";
import { instantOf, wallTimeAt, type WallTime } from "./local-time.ts";

/** 29 February on a certain weekday comes once in 28 years, and in 40 around a century without a leap day. */
const MOST_DAYS = 41 * 366;

/** The first cron time after `after` in this time zone; null when there is none. */
export function nextCronTime(times: CronTimes, timezone: string, after: Instant): Instant | null {
  const start = wallTimeAt(timezone, after);
  const ofDay = timesOfDay(times);
  // From the day before: a wall clock that was put back shows a time that may still come.
  let day = Math.floor(start / DAY_MS) * DAY_MS - DAY_MS;
  for (let count = 0; count < MOST_DAYS; count += 1, day += DAY_MS) {
    if (!isDay(times, day)) continue;
    for (const time of ofDay) {
      if (day + time < start - HOUR_MS * 3) continue;
      const at = instantOf(timezone, day + time);
      if (at > after) return at;
    }
  }
  return null;
}

function timesOfDay({ seconds, minutes, hours }: CronTimes): readonly number[] {
  return ascending(hours).flatMap((hour) =>
    ascending(minutes).flatMap((minute) =>
      ascending(seconds).map((second) => hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS),
    ),
  );
}

function ascending(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

/** Month, day and weekday must all fit. `day` is a midnight. */
function isDay({ months, days, weekdays }: CronTimes, day: WallTime): boolean {
  const date = new Date(day);
  if (!months.includes(date.getUTCMonth() + 1)) return false;
  return days.some((each) => isMonthDay(each, date)) && weekdays.some((each) => isWeekday(each, date));
}

function isMonthDay(wanted: number | string, date: Date): boolean {
  const [day, last] = [date.getUTCDate(), lastDayOf(date)];
  if (typeof wanted === "number") return day === wanted;
  if (wanted === "L") return day === last;
  const offset = /^L-(\d+)$/.exec(wanted)?.[1];
  if (offset !== undefined) return day === last - Number(offset);
  const near = /^(\d+|L)W$/.exec(wanted)?.[1];
  if (near === undefined || (near !== "L" && Number(near) > last)) return false;
  return day === nearestWeekday(date, near === "L" ? last : Number(near), last);
}

/** Monday to Friday, in the same month. */
function nearestWeekday(date: Date, wanted: number, last: number): number {
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), wanted)).getUTCDay();
  if (weekday === 6) return wanted === 1 ? 3 : wanted - 1;
  if (weekday === 0) return wanted === last ? wanted - 2 : wanted + 1;
  return wanted;
}

function isWeekday(wanted: number | string, date: Date): boolean {
  const weekday = date.getUTCDay();
  if (typeof wanted === "number") return weekday === wanted % 7;
  const [, name, rest] = /^(\d)(L|#\d)$/.exec(wanted) ?? [];
  if (name === undefined || rest === undefined || weekday !== Number(name) % 7) return false;
  const day = date.getUTCDate();
  return rest === "L" ? day > lastDayOf(date) - 7 : Math.ceil(day / 7) === Number(rest.slice(1));
}

function lastDayOf(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
