import { describe, expect, test } from "vitest";
import type { SecretState } from "../../../src/domain/state.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { remindersFor } from "../../../src/plan/reminders.ts";
import { NOW, policy, secretState } from "../cli/fake-services.ts";

const BY_HAND = { instructions: "Ask the vendor", url: "https://vendor.example.com", endsPrevious: false };
const of = policy("api", { renewBefore: { ms: 30 * DAY_MS } });

/** Version 4, made ten days ago, that lives for so many days more. */
function leftDays(days: number | null, change: Partial<SecretState> = {}): SecretState {
  return secretState("api", change, { notAfter: days === null ? null : NOW + days * DAY_MS });
}

function told(state: SecretState, at = NOW): readonly string[] {
  return remindersFor(state, of, BY_HAND, at).map(({ reminder }) => reminder);
}

describe("a person is reminded of a value that they must give", () => {
  test.each([
    ["not before it is due", 31, []],
    ["when it is due", 30, ["due 4"]],
    ["when it is due, and not yet again a week later", 23, ["due 4"]],
    ["half-way to the expiry, and then of nothing earlier", 15, ["late 4"]],
    ["when it has expired", 0, ["expired 4"]],
  ])("%s", (_name, days, expected) => {
    expect(told(leftDays(days))).toEqual(expected);
  });

  test("once for each occasion", () => {
    expect(told(leftDays(20, { reminded: ["due 4"] }))).toEqual([]);
    expect(told(leftDays(10, { reminded: ["due 4"] }))).toEqual(["late 4"]);
    expect(told(leftDays(10, { reminded: ["due 3", "late 3"] }))).toEqual(["late 4"]);
  });

  test("by age alone, a day after it is due, and never of an expiry", () => {
    const due = NOW + 80 * DAY_MS;
    expect(told(leftDays(null), due)).toEqual(["due 4"]);
    expect(told(leftDays(null), due + DAY_MS)).toEqual(["late 4"]);
    expect(told(leftDays(null), due + 500 * DAY_MS)).toEqual(["late 4"]);
  });

  test("of an expiry even when no rule makes it due", () => {
    const never = policy("api", { renewBefore: null, maxAgeMs: null });
    const told = remindersFor(leftDays(-1), never, BY_HAND, NOW);
    expect(told).toMatchObject([
      { reminder: "expired 4", error: { message: /expired at .*nobody has given/ } },
    ]);
  });

  test.each([
    ["is held", { held: true }],
    ["is in a run", { openRun: "01r" }],
    ["waits for an operator", { needsOperator: { run: "01r", errors: [] } }],
    ["is unmanaged", { current: null }],
  ])("but not while the secret %s", (_name, change) => {
    expect(told(leftDays(1, change))).toEqual([]);
  });

  test("in words that say where, and with what command", () => {
    const [reminder] = remindersFor(leftDays(1), of, BY_HAND, NOW);
    expect(reminder?.error.hint).toBe(
      "Ask the vendor. See <https://vendor.example.com>. Give it with `keyturn rotate api --value-stdin`.",
    );
  });
});

describe("a person is reminded of what they must revoke", () => {
  const waiting = (change: Partial<SecretState> = {}): SecretState =>
    secretState("api", {
      previous: 3,
      retireAt: NOW,
      retireRun: "01s",
      retireError: { code: "revoke-by-hand", kind: "rejected", message: "", hint: null },
      ...change,
    });

  test("at once and a week later, each time only once everyone was asked again", () => {
    expect(remindersFor(waiting(), of, BY_HAND, NOW)).toMatchObject([
      { reminder: "revoke 3 01s", onceConfirmed: true },
    ]);
    expect(told(waiting({ reminded: ["revoke 3 01s"] }), NOW + 6 * DAY_MS)).toEqual([]);
    expect(told(waiting({ reminded: ["revoke 3 01s"] }), NOW + 7 * DAY_MS)).toEqual(["revoke-late 3 01s"]);
  });

  test("again when a version that came back is replaced once more", () => {
    expect(told(waiting({ retireRun: "01t", reminded: ["revoke 3 01s"] }))).toEqual(["revoke 3 01t"]);
  });
});

test("a person is told of a version that did not come into use, and of no other that is retired", () => {
  const { versions } = secretState("api");
  const [current] = Object.values(versions);
  const unused = { ...current, version: 5, stage: "retired", promotedAt: null };
  const retired = { ...current, version: 3, stage: "retired" };
  const state = secretState("api", {
    versions: { ...versions, 3: retired, 5: unused } as SecretState["versions"],
  });
  expect(remindersFor(state, of, BY_HAND, NOW)).toMatchObject([
    { reminder: "unused 5", error: { code: "value-unused" } },
  ]);
  expect(told({ ...state, reminded: ["unused 5"] })).toEqual([]);
});
