import { describe, expect, test } from "vitest";
import { cron } from "../../../src/config/cron.ts";
import { nextCronTime } from "../../../src/schedule/cron-times.ts";

function next(expression: string, timezone: string, after: string, count = 1): readonly string[] {
  const times = cron.parse(expression);
  const found: string[] = [];
  for (let at: number | null = Date.parse(after); found.length < count;) {
    at = nextCronTime(times, timezone, at);
    if (at === null) return [...found, "never"];
    found.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
  }
  return found;
}

describe("the next cron time", () => {
  test.each([
    ["0 2 * * *", "UTC", "2026-03-01T01:00Z", "2026-03-01T02:00Z"],
    ["0 2 * * *", "UTC", "2026-03-01T02:00Z", "2026-03-02T02:00Z"],
    ["30 2 1 * *", "UTC", "2026-03-01T02:31Z", "2026-04-01T02:30Z"],
    ["0 0 * * mon", "UTC", "2026-03-01T00:00Z", "2026-03-02T00:00Z"],
    ["0 0 L * *", "UTC", "2026-02-01T00:00Z", "2026-02-28T00:00Z"],
    ["0 0 L-1 * *", "UTC", "2026-02-01T00:00Z", "2026-02-27T00:00Z"],
    // 15 March 2026 is a Sunday, the 31st of May too, and 1 August a Saturday.
    ["0 0 15W 3 *", "UTC", "2026-03-01T00:00Z", "2026-03-16T00:00Z"],
    ["0 0 LW 5 *", "UTC", "2026-05-01T00:00Z", "2026-05-29T00:00Z"],
    ["0 0 1W 8 *", "UTC", "2026-07-30T00:00Z", "2026-08-03T00:00Z"],
    ["0 0 * * 5L", "UTC", "2026-03-01T00:00Z", "2026-03-27T00:00Z"],
    ["0 0 * * 5#2", "UTC", "2026-03-01T00:00Z", "2026-03-13T00:00Z"],
    ["0 0 * * 7", "UTC", "2026-03-02T00:00Z", "2026-03-08T00:00Z"],
    ["0 0 29 2 *", "UTC", "2026-03-01T00:00Z", "2028-02-29T00:00Z"],
    ["@monthly", "UTC", "2026-03-02T00:00Z", "2026-04-01T00:00Z"],
    ["*/15 * * * *", "UTC", "2026-03-02T00:07Z", "2026-03-02T00:15Z"],
    ["0 2 * * *", "Asia/Tokyo", "2026-03-01T00:00Z", "2026-03-01T17:00Z"],
    ["0 2 * * *", "Pacific/Kiritimati", "2026-03-01T13:00Z", "2026-03-02T12:00Z"],
    ["0 2 * * *", "Pacific/Pago_Pago", "2026-03-01T12:00Z", "2026-03-01T13:00Z"],
  ])("%s in %s after %s is %s", (expression, timezone, after, expected) => {
    expect(next(expression, timezone, after)).toEqual([expected]);
  });

  test("that is left out in spring comes when the clocks are put forward, once", () => {
    // In Berlin 02:00 is followed by 03:00 on 29 March 2026, at 01:00 UTC.
    expect(next("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00Z", 3)).toEqual([
      "2026-03-28T01:30Z",
      "2026-03-29T01:00Z",
      "2026-03-30T00:30Z",
    ]);
  });

  test("that comes twice in autumn counts once, the first time", () => {
    // In Berlin 03:00 is followed by 02:00 on 25 October 2026, at 01:00 UTC.
    expect(next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 2)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
    ]);
    expect(next("30 2 * * *", "Europe/Berlin", "2026-10-25T01:15Z")).toEqual(["2026-10-26T01:30Z"]);
  });

  test("is that of the other hemisphere too", () => {
    expect(next("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00Z", 2)).toEqual([
      "2026-10-03T15:30Z",
      "2026-10-04T15:15Z",
    ]);
  });

  test("never comes for a day that no month has", () => {
    expect(next("0 0 31W 2 *", "UTC", "2026-01-01T00:00Z")).toEqual(["never"]);
  });
});

test.each(["", "* * *", "61 * * * *", "0 0 31 2 *", "a b c d e", "0 0 * * * * *", "$(x) * * * *"])(
  "%j is no cron expression",
  (expression) => {
    expect(cron.safeParse(expression).success).toBe(false);
  },
);
