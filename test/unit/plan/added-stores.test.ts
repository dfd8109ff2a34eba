import { describe, expect, it } from "vitest";
import type { SecretPolicy } from "../../../src/domain/policy.ts";
import type { SecretState, VersionState } from "../../../src/domain/state.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { newSecret } from "../../../src/domain/new-secret.ts";
import { addedStores } from "../../../src/plan/added-stores.ts";
import { admit } from "../../../src/plan/admit.ts";
import { decide } from "../../../src/plan/decide.ts";

const NOW = Date.UTC(2026, 5, 1);
const ASKED = { now: false, revokeNow: false, outsideWindow: false };
const OF: SecretPolicy = {
  secret: "api",
  policy: {
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
  },
  labels: {},
  dependsOn: [],
  notWith: [],
  stores: ["one", "two"],
};

function secret(change: Partial<SecretState> = {}, version: Partial<VersionState> = {}): SecretState {
  const current: VersionState = {
    version: 3,
    stage: "current",
    run: "r",
    marker: "keyturn:api:r.1",
    credential: { id: "k", marker: null },
    createdAt: NOW - DAY_MS,
    notAfter: null,
    promotedAt: NOW - HOUR_MS,
    evidence: "in-use",
    stores: ["one"],
    erased: false,
    ...version,
  };
  return {
    ...newSecret("api"),
    highest: 3,
    current: current.version,
    versions: { [String(current.version)]: current },
    ...change,
  };
}

const ADDED = { due: true, reason: "target-added", dueAt: NOW - HOUR_MS };

describe("a secret whose configuration has one more store than its current version", () => {
  it("is due for it", () => {
    expect(addedStores(secret(), OF)).toEqual(["two"]);
    expect(decide(secret(), OF, NOW)).toEqual(ADDED);
    expect(decide(secret({}, { stores: ["two", "gone", "one"] }), OF, NOW)).toMatchObject({ due: false });
  });

  it("is due for a rotation instead when it is old enough: that reaches every store", () => {
    const old = secret({}, { createdAt: NOW - 91 * DAY_MS });
    expect(decide(old, OF, NOW)).toMatchObject({ due: true, reason: "age" });
  });

  it("is due while it is held, and while its previous version is alive", () => {
    expect(decide(secret({ held: true }), OF, NOW)).toEqual(ADDED);
    const overlap = secret({ previous: 2, retireAt: NOW + HOUR_MS, retireRun: "r" });
    expect(admit(overlap, OF, ASKED, NOW, NOW)).toMatchObject({
      admit: "yes",
      reason: "target-added",
      retireFirst: false,
    });
  });

  it("is not due while it is in a run, or waits for an operator, or for its next try", () => {
    expect(decide(secret({ openRun: "r2" }), OF, NOW).due).toBe(false);
    expect(decide(secret({ needsOperator: { run: "r2", errors: [] } }), OF, NOW).due).toBe(false);
    const held = secret({ holdOffUntil: NOW + 1 });
    expect(decide(held, OF, NOW)).toEqual({ due: false, next: NOW + 1 });
  });

  it("is not due without material to bring there", () => {
    expect(decide(secret({}, { erased: true }), OF, NOW).due).toBe(false);
    expect(decide(secret({}, { version: 0 }), OF, NOW).due).toBe(false);
    expect(decide(newSecret("api"), OF, NOW)).toEqual({ due: false, next: null });
  });

  it("waits for its window, and is rotated when that is asked for", () => {
    expect(admit(secret(), OF, ASKED, NOW, NOW + HOUR_MS)).toMatchObject({
      reason: "target-added",
      waitForWindow: true,
    });
    expect(admit(secret(), OF, { ...ASKED, now: true }, NOW, NOW)).toMatchObject({ reason: "requested" });
  });
});
