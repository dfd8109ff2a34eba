import { describe, expect, test } from "vitest";
import { healthOf, statusRow } from "../../../src/plan/health.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { NOW, policy, secretState } from "../cli/fake-services.ts";

const made = (ageMs: number, leftMs: number | null = null) => ({
  createdAt: NOW - ageMs,
  promotedAt: NOW - ageMs,
  notAfter: leftMs === null ? null : NOW + leftMs,
});
const window = { days: ["mon"] as const, fromMinute: 120, toMinute: 300 };
const toRevoke = { code: "revoke-by-hand", kind: "rejected", message: "", hint: null } as const;
const stuck = { run: "01r", errors: [] };

describe("health", () => {
  const of = policy("api");
  test.each([
    ["unmanaged without a journal row", undefined, of, "unmanaged"],
    ["unmanaged while there is no current version", secretState("api", { current: null }), of, "unmanaged"],
    ["ok while nothing is due", secretState("api"), of, "ok"],
    ["due once the age is reached", secretState("api", {}, made(90 * DAY_MS + HOUR_MS)), of, "due"],
    ["overdue a day later", secretState("api", {}, made(91 * DAY_MS + HOUR_MS)), of, "overdue"],
    [
      "not yet overdue while a window may be awaited",
      secretState("api", {}, made(95 * DAY_MS)),
      policy("api", { window }),
      "due",
    ],
    [
      "overdue when a week of windows has passed",
      secretState("api", {}, made(98 * DAY_MS)),
      policy("api", { window }),
      "overdue",
    ],
    ["failing after a failed run", secretState("api", { failures: 1 }), of, "failing"],
    ["failing rather than overdue", secretState("api", { failures: 3 }, made(100 * DAY_MS)), of, "failing"],
    ["due when close to expiry", secretState("api", {}, made(DAY_MS, 13 * DAY_MS)), of, "due"],
    [
      "expiring when half of that time has passed too",
      secretState("api", {}, made(80 * DAY_MS, 7 * DAY_MS)),
      of,
      "expiring",
    ],
    ["expiring when it has expired", secretState("api", {}, made(DAY_MS, -1)), of, "expiring"],
    [
      "ok early in a short life",
      secretState("api", {}, made(0, HOUR_MS)),
      policy("api", { renewBefore: { share: 0.33 } }),
      "ok",
    ],
    [
      "expiring by its share of a short life",
      secretState("api", {}, made(55 * 60_000, 5 * 60_000)),
      policy("api", { renewBefore: { share: 0.33 } }),
      "expiring",
    ],
    [
      "expiring without renewBefore, at the very end",
      secretState("api", {}, made(99 * DAY_MS, DAY_MS)),
      policy("api", { renewBefore: null }),
      "expiring",
    ],
    [
      "ok while the previous version is in its overlap",
      secretState("api", { previous: 3, retireAt: NOW + HOUR_MS }),
      of,
      "ok",
    ],
    [
      "retire-overdue an hour after the overlap",
      secretState("api", { previous: 3, retireAt: NOW - HOUR_MS - 1 }),
      of,
      "retire-overdue",
    ],
    [
      "ok while a person has had less than a week to revoke it",
      secretState("api", { previous: 3, retireAt: NOW - 7 * DAY_MS, retireError: toRevoke }),
      of,
      "ok",
    ],
    [
      "retire-overdue when a person has had a week",
      secretState("api", { previous: 3, retireAt: NOW - 7 * DAY_MS - 1, retireError: toRevoke }),
      of,
      "retire-overdue",
    ],
    ["held after a rollback, whatever else", secretState("api", { held: true, failures: 1 }), of, "held"],
    ["held at what was there before", secretState("api", { held: true, current: null }), of, "held"],
    [
      "needs-operator above all",
      secretState("api", { needsOperator: stuck, failures: 9 }, made(0, -1)),
      of,
      "needs-operator",
    ],
    [
      "needs-operator even before the first version",
      secretState("api", { current: null, needsOperator: stuck }),
      of,
      "needs-operator",
    ],
  ])("%s", (_name, state, secretPolicy, expected) => {
    expect(healthOf(state, secretPolicy, NOW)).toBe(expected);
  });
});

test("a row holds what the interface promises, with instants in ISO 8601", () => {
  const state = secretState("api", { previous: 3, retireAt: NOW + HOUR_MS, foreign: 2 });
  expect(statusRow(state, policy("api"), NOW)).toEqual({
    name: "api",
    policy: "p",
    version: 4,
    createdAt: "2026-11-13T12:00:00.000Z",
    notAfter: "2027-05-12T12:00:00.000Z",
    dueAt: "2027-02-11T12:00:00.000Z",
    due: false,
    previous: { version: 3, retireAt: "2026-11-23T13:00:00.000Z", revokeByHand: false },
    evidence: "in-use",
    foreign: 2,
    foreignCredentials: [],
    adoptedCredentials: [],
    lastRun: { run: "01r", outcome: "rotated", endedAt: "2026-11-13T12:00:00.000Z" },
    health: "ok",
  });
});

test("a secret that failed and is held back is not due, though its time has come", () => {
  const state = secretState("api", { failures: 1, holdOffUntil: NOW + HOUR_MS }, made(91 * DAY_MS));
  const row = statusRow(state, policy("api"), NOW);
  expect(row.due).toBe(false);
  expect(Date.parse(row.dueAt ?? "")).toBeLessThan(NOW);
});
