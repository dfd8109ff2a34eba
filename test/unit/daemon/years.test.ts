/** Five years of a daemon that is down a third of the time: exactly the rotations that the policy asks for. */
import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { cron } from "../../../src/config/cron.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from "../../../src/domain/time.ts";
import { nextCronTime } from "../../../src/schedule/cron-times.ts";
import { wallTimeAt } from "../../../src/schedule/local-time.ts";
import { firstBeat, liveFor, type Lived } from "./years.ts";

const SECRETS = ["alpha", "beta", "gamma"];
const YEARS = 5;

/** From the first promotion on: each next run begins at the first beat after the version became due. */
function expected({ up }: Lived, first: Instant, dueAfter: (created: Instant) => Instant): Instant[] {
  const begins: Instant[] = [];
  for (let made = first; ;) {
    const at = firstBeat(up, dueAfter(made));
    if (at === null) return begins;
    begins.push(at);
    made = at;
  }
}

function downShare({ up }: Lived): number {
  const upMs = up.reduce((sum, { from, to }) => sum + to - from, 0);
  return 1 - upMs / ((up.at(-1)?.to ?? 0) - (up[0]?.from ?? 0));
}

/** The rule a second time: what is expected is not computed by what is tested. */
function splay(secret: string, ms: number): number {
  return Math.floor((hash("sha256", secret, "buffer").readUInt32BE(0) / 2 ** 32) * ms);
}

/** A run takes some seconds of its own, and the beat after it comes so much later. */
function expectEqual(actual: readonly Instant[], wanted: readonly Instant[]): void {
  expect(actual.length).toBe(wanted.length);
  for (const [n, at] of wanted.entries()) expect(Math.abs((actual[n] ?? 0) - at)).toBeLessThan(2 * MINUTE_MS);
}

describe.each([90, 180])("a policy of %i days", (days) => {
  test.each([1, 2, 3, 4])(
    "rotates exactly when it should (seed %i)",
    async (seed) => {
      const splayMs = 45 * MINUTE_MS;
      const lived = await liveFor(YEARS, seed, SECRETS, {
        maxAgeMs: days * DAY_MS,
        splayMs,
        overlapMs: DAY_MS,
      });
      for (const secret of SECRETS) {
        const [first = 0] = lived.promoted.get(secret) ?? [];
        const due = (made: Instant): Instant => made + days * DAY_MS + splay(secret, splayMs);
        const begun = lived.begun.get(secret) ?? [];
        expectEqual(begun, expected(lived, first, due));
        expect(begun.length).toBeGreaterThan((YEARS * 365) / (days + 20) - 2);
        // The first version, and one of each run: none was begun twice, and none came to nothing.
        expect(lived.promoted.get(secret)?.length).toBe(begun.length + 1);
        expect(lived.game.journal.tables.get("secret", secret)?.failures).toBe(0);
      }
      expect(Math.abs(downShare(lived) - 1 / 3)).toBeLessThan(0.08);
      expect(lived.violations).toEqual([]);
    },
    60_000,
  );
});

test("a monthly cron time is made up for once, however often it was missed", async () => {
  const times = cron.parse("30 2 1 * *");
  const timezone = "Europe/Berlin";
  const policy = { maxAgeMs: null, cron: times, timezone, overlapMs: HOUR_MS };
  const lived = await liveFor(YEARS, 3, SECRETS, policy);
  for (const secret of SECRETS) {
    const [first = 0] = lived.promoted.get(secret) ?? [];
    const due = (made: Instant): Instant => nextCronTime(times, timezone, made) ?? Infinity;
    expectEqual(lived.begun.get(secret) ?? [], expected(lived, first, due));
  }
  expect(lived.violations).toEqual([]);
}, 60_000);

test("versions come into use in the window only, across midnight and both changes of the clocks", async () => {
  const timezone = "Europe/Berlin";
  const window = { days: ["sat", "sun"], fromMinute: 22 * 60, toMinute: 3 * 60 } as const;
  const lived = await liveFor(YEARS, 4, SECRETS, {
    maxAgeMs: 30 * DAY_MS,
    window,
    timezone,
    overlapMs: DAY_MS,
  });
  for (const secret of SECRETS) {
    const [, ...promoted] = lived.promoted.get(secret) ?? [];
    expect(promoted.length).toBeGreaterThan((YEARS * 365) / 60);
    for (const at of promoted) {
      const wall = wallTimeAt(timezone, at);
      const hour = new Date(wall).getUTCHours();
      // What opened yesterday evening is still yesterday's.
      const day = new Date(hour < 3 ? wall - DAY_MS : wall).getUTCDay();
      expect([hour >= 22 || hour < 3, [0, 6].includes(day)]).toEqual([true, true]);
    }
  }
  expect(lived.violations).toEqual([]);
}, 60_000);
