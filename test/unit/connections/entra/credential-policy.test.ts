import { expect, it } from "vitest";
import { readRules } from "../../../../src/connections/entra/credential-policy.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../../src/domain/time.ts";

const NONE = { value: [] };
const MADE_AT = Date.parse("2024-06-01T00:00:00Z");

function lifetime(maxLifetime: string, more: object = {}): object {
  return { restrictionType: "passwordLifetime", state: "enabled", maxLifetime, ...more };
}

function tenant(isEnabled: boolean, ...rules: readonly object[]): object {
  return { isEnabled, applicationRestrictions: { passwordCredentials: rules } };
}

function own(...rules: readonly object[]): object {
  return { value: [{ isEnabled: true, restrictions: { passwordCredentials: rules } }] };
}

it.each([
  ["a policy that is off", tenant(false, lifetime("P1D")), NONE, null],
  ["no rule", tenant(true), NONE, null],
  ["one rule", tenant(true, lifetime("P90D")), NONE, 90 * DAY_MS],
  ["the strictest of several", tenant(true, lifetime("P90D"), lifetime("P1M")), NONE, 30 * DAY_MS],
  ["a rule that is off", tenant(true, lifetime("P90D", { state: "disabled" })), NONE, null],
  ["the application's own in its place", tenant(true, lifetime("P90D")), own(lifetime("P1Y")), 365 * DAY_MS],
  [
    "every unit",
    tenant(true, lifetime("P1W4DT12H30M5S")),
    NONE,
    11 * DAY_MS + 12 * HOUR_MS + 30 * MINUTE_MS + 5 * SECOND_MS,
  ],
  ["a duration that is none", tenant(true, lifetime("90 days")), NONE, null],
  [
    "applications made later only",
    tenant(true, lifetime("P90D", { restrictForAppsCreatedAfterDateTime: "2024-07-01T00:00:00Z" })),
    NONE,
    null,
  ],
  [
    "applications made since",
    tenant(true, lifetime("P90D", { restrictForAppsCreatedAfterDateTime: "2024-05-01T00:00:00Z" })),
    NONE,
    90 * DAY_MS,
  ],
])("%s", (_what, ofTenant, ofApp, longestMs) => {
  expect(readRules(ofTenant, ofApp, MADE_AT)).toEqual({ isForbidden: false, longestMs });
});

it("client secrets that are forbidden altogether", () => {
  const rules = readRules(tenant(true, { restrictionType: "passwordAddition" }), NONE, MADE_AT);
  expect(rules).toEqual({ isForbidden: true, longestMs: null });
});

it.each([
  [{}, NONE],
  [tenant(true), {}],
  ["<html>", NONE],
  [null, null],
])("%j and %j are no policies", (ofTenant, ofApp) => {
  expect(readRules(ofTenant, ofApp, null)).toBeNull();
});
