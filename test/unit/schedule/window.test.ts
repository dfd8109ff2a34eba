import { describe, expect, it } from "vitest";
import type { Weekday, Window } from "../../../src/domain/policy.ts";
import { openingAt, windowOpensAt } from "../../../src/schedule/window.ts";

const NIGHT: Window = { days: ["mon", "tue", "wed", "thu"], fromMinute: 120, toMinute: 300 };
const at = (text: string): number => Date.parse(text);
const opening = (window: Window, timezone: string, now: string): string =>
  new Date(windowOpensAt(window, timezone, at(now))).toISOString();

describe("windowOpensAt", () => {
  it.each([
    ["inside", "2026-01-05T03:00:00Z", "2026-01-05T03:00:00.000Z"],
    ["at its first minute", "2026-01-05T02:00:00Z", "2026-01-05T02:00:00.000Z"],
    ["a second before it opens", "2026-01-05T01:59:59Z", "2026-01-05T02:00:00.000Z"],
    ["at its end, which is outside", "2026-01-05T05:00:00Z", "2026-01-06T02:00:00.000Z"],
    ["on Thursday after it closed: next Monday", "2026-01-08T06:00:00Z", "2026-01-12T02:00:00.000Z"],
    ["on a Sunday", "2026-01-11T03:00:00Z", "2026-01-12T02:00:00.000Z"],
  ])("%s", (_what, now, expected) => {
    expect(opening(NIGHT, "UTC", now)).toBe(expected);
  });

  it("reads the days and hours in the policy's time zone", () => {
    expect(opening(NIGHT, "America/New_York", "2026-01-05T05:00:00Z")).toBe("2026-01-05T07:00:00.000Z");
    expect(opening(NIGHT, "Asia/Tokyo", "2026-01-04T16:59:00Z")).toBe("2026-01-04T17:00:00.000Z");
  });

  describe("past midnight", () => {
    const late: Window = { days: ["fri"], fromMinute: 22 * 60, toMinute: 4 * 60 };
    it.each([
      ["before midnight of its day", "2026-01-09T23:00:00Z", "2026-01-09T23:00:00.000Z"],
      ["after midnight it still belongs to Friday", "2026-01-10T03:59:00Z", "2026-01-10T03:59:00.000Z"],
      ["early on Friday it is not open yet", "2026-01-09T03:00:00Z", "2026-01-09T22:00:00.000Z"],
      ["on Saturday evening it is a week away", "2026-01-10T23:00:00Z", "2026-01-16T22:00:00.000Z"],
    ])("%s", (_what, now, expected) => {
      expect(opening(late, "UTC", now)).toBe(expected);
    });
  });

  describe("over a change of daylight saving", () => {
    const daily = (fromMinute: number, toMinute: number): Window => {
      const days: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
      return { days, fromMinute, toMinute };
    };

    it("opens at the local hour on the day the clocks go forward", () => {
      expect(opening(daily(240, 300), "Europe/Berlin", "2026-03-29T00:30:00Z")).toBe(
        "2026-03-29T02:00:00.000Z",
      );
    });

    it("opens at the local hour on the day the clocks go back", () => {
      expect(opening(daily(240, 300), "Europe/Berlin", "2026-10-25T00:30:00Z")).toBe(
        "2026-10-25T03:00:00.000Z",
      );
    });

    it("skips an hour that does not exist and opens the day after", () => {
      expect(opening(daily(120, 180), "Europe/Berlin", "2026-03-29T00:30:00Z")).toBe(
        "2026-03-30T00:00:00.000Z",
      );
    });
  });
});

describe("openingAt", () => {
  const around = (window: Window, timezone: string, now: string): string | null => {
    const opening = openingAt(window, timezone, at(now));
    return opening && `${new Date(opening.fromAt).toISOString()} ${new Date(opening.toAt).toISOString()}`;
  };

  it.each([
    ["inside", "2026-01-05T03:00:30Z", "2026-01-05T02:00:00.000Z 2026-01-05T05:00:00.000Z"],
    ["at its first minute", "2026-01-05T02:00:00Z", "2026-01-05T02:00:00.000Z 2026-01-05T05:00:00.000Z"],
    ["in its last second", "2026-01-05T04:59:59Z", "2026-01-05T02:00:00.000Z 2026-01-05T05:00:00.000Z"],
    ["at its end, which is outside", "2026-01-05T05:00:00Z", null],
    ["before it", "2026-01-05T01:59:59Z", null],
  ])("%s", (_what, now, expected) => {
    expect(around(NIGHT, "UTC", now)).toBe(expected);
  });

  it("goes past midnight, and is not joined to the next one over a gap of a minute", () => {
    const late: Window = { days: ["fri"], fromMinute: 22 * 60, toMinute: 4 * 60 };
    expect(around(late, "UTC", "2026-01-10T01:00:00Z")).toBe(
      "2026-01-09T22:00:00.000Z 2026-01-10T04:00:00.000Z",
    );
    const daily: Window = {
      days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
      fromMinute: 0,
      toMinute: 1439,
    };
    expect(around(daily, "UTC", "2026-01-06T12:00:00Z")).toBe(
      "2026-01-06T00:00:00.000Z 2026-01-06T23:59:00.000Z",
    );
  });

  it("is an hour shorter when the clocks go forward in it", () => {
    const night: Window = { days: ["sun"], fromMinute: 60, toMinute: 300 };
    expect(around(night, "Europe/Berlin", "2026-03-29T02:00:00Z")).toBe(
      "2026-03-29T00:00:00.000Z 2026-03-29T03:00:00.000Z",
    );
  });
});
