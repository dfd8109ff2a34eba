import { describe, expect, it } from "vitest";
import type { Opening, Policy, SecretPolicy, Window } from "../../../src/domain/policy.ts";
import type { SecretState } from "../../../src/domain/state.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { newSecret } from "../../../src/domain/new-secret.ts";
import { keptApart, type Partner } from "../../../src/plan/apart.ts";
import { openingAt, windowOpensAt } from "../../../src/schedule/window.ts";

/** A Monday. */
const MONDAY = Date.UTC(2026, 0, 5);
const NIGHT: Window = { days: ["mon", "wed"], fromMinute: 120, toMinute: 300 };
const LATER: Window = { days: ["mon", "wed"], fromMinute: 180, toMinute: 360 };
const inNight = MONDAY + 3 * HOUR_MS;
const nextNight = MONDAY + 2 * DAY_MS + 2 * HOUR_MS;

const POLICY: Policy = {
  name: "p",
  maxAgeMs: 90 * DAY_MS,
  cron: null,
  renewBefore: null,
  timezone: "UTC",
  window: null,
  splayMs: 0,
  overlapMs: DAY_MS,
  keep: 2,
  retry: { attempts: 3, firstMs: 1000, maxMs: 1000 },
  allowGap: false,
};

function of(secret: string, window: Window | null): SecretPolicy {
  return { secret, policy: { ...POLICY, window }, labels: {}, dependsOn: [], notWith: [], stores: [] };
}

function state(
  promotedAt: number,
  change: Partial<SecretState> = {},
  notAfter: number | null = null,
): SecretState {
  const version = {
    version: 2,
    stage: "current",
    run: "r",
    marker: "keyturn:other:r.1",
    credential: { id: "k", marker: null },
    createdAt: promotedAt,
    notAfter,
    promotedAt,
    evidence: "in-use",
    stores: [],
    erased: false,
  } as const;
  return { ...newSecret("other"), highest: 2, current: 2, versions: { 2: version }, ...change };
}

const clocked = (at: number) => ({
  at,
  openingAt: ({ window, timezone }: Policy, when: number): Opening | null =>
    window === null ? null : openingAt(window, timezone, when),
  windowOpensAt: ({ window, timezone }: Policy, from: number): number =>
    window === null ? from : windowOpensAt(window, timezone, from),
});

function wait(window: Window | null, partner: Partial<Partner>, at = inNight, own?: SecretState) {
  const other = { of: of("other", window), state: undefined, planned: false, ...partner };
  return keptApart(own, of("api", window), [other], clocked(at));
}

describe("in a window", () => {
  const untilNext = { waitsFor: "other", until: nextNight, within: "window" };

  it("waits for the next opening when the other one rotates in this one", () => {
    expect(wait(NIGHT, { planned: true })).toEqual(untilNext);
    expect(wait(NIGHT, { state: state(0, { openRun: "r2" }) })).toEqual(untilNext);
    expect(wait(NIGHT, { state: state(inNight - 1) })).toEqual(untilNext);
    expect(wait(NIGHT, { state: state(MONDAY + 2 * HOUR_MS) })).toEqual(untilNext);
  });

  it("does not wait for one that rotated in an earlier opening, whether or not its overlap is over", () => {
    expect(wait(NIGHT, { state: state(MONDAY + 2 * HOUR_MS - 1) })).toBeNull();
    const overlap = { previous: 1, retireAt: inNight + DAY_MS };
    expect(wait(NIGHT, { state: state(MONDAY - HOUR_MS, overlap) })).toBeNull();
    expect(wait(NIGHT, {})).toBeNull();
  });

  it("counts the other one's window too when that alone is open", () => {
    const other = { of: of("other", NIGHT), state: state(MONDAY + 2 * HOUR_MS + 1), planned: false };
    const at = MONDAY + 4 * HOUR_MS;
    expect(keptApart(undefined, of("api", null), [other], clocked(at))).toMatchObject({ within: "window" });
    expect(keptApart(undefined, of("api", LATER), [other], clocked(MONDAY + 5.5 * HOUR_MS))).toBeNull();
  });

  it("goes ahead when it would not live until then", () => {
    expect(wait(NIGHT, { planned: true }, inNight, state(0, {}, nextNight))).toBeNull();
    expect(wait(NIGHT, { planned: true }, inNight, state(0, {}, nextNight + 1))).toEqual(untilNext);
  });
});

describe("outside of any window", () => {
  const until = inNight + HOUR_MS;

  it("waits for the other one's overlap", () => {
    expect(wait(null, { state: state(0, { previous: 1, retireAt: until }) })).toEqual({
      waitsFor: "other",
      until,
      within: "overlap",
    });
    expect(wait(null, { state: state(0, { previous: 1, retireAt: inNight }) })).toBeNull();
    expect(wait(null, { state: state(inNight - 1) })).toBeNull();
  });

  it("waits for a run of the other one, and the overlap after it", () => {
    expect(wait(null, { planned: true })).toMatchObject({ until: inNight + DAY_MS, within: "overlap" });
    expect(wait(null, { state: state(0, { openRun: "r2" }) })).toMatchObject({ until: inNight + DAY_MS });
  });

  it("holds also when a window was ignored", () => {
    const closed = MONDAY + 12 * HOUR_MS;
    expect(
      wait(NIGHT, { state: state(closed - 1, { previous: 1, retireAt: closed + 1 }) }, closed),
    ).toMatchObject({
      within: "overlap",
    });
  });
});

it("waits for the one that takes longest", () => {
  const partner = (secret: string, retireAt: number): Partner => ({
    of: of(secret, null),
    state: state(0, { previous: 1, retireAt }),
    planned: false,
  });
  const both = [partner("b", inNight + 2), partner("c", inNight + 3), partner("d", inNight + 1)];
  expect(keptApart(undefined, of("a", null), both, clocked(inNight))).toMatchObject({ waitsFor: "c" });
});
