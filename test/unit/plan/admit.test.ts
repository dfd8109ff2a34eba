import { describe, expect, it } from "vitest";
import type { SecretPolicy } from "../../../src/domain/policy.ts";
import type { SecretState } from "../../../src/domain/state.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { newSecret } from "../../../src/domain/new-secret.ts";
import { admit } from "../../../src/plan/admit.ts";
import { decide } from "../../../src/plan/decide.ts";

const NOW = Date.UTC(2026, 5, 1);
const ASKED = { now: false, revokeNow: false, outsideWindow: false };

const POLICY: SecretPolicy = {
  secret: "api",
  policy: {
    name: "p",
    maxAgeMs: 90 * DAY_MS,
    cron: null,
    renewBefore: { ms: 14 * DAY_MS },
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
  stores: [],
};

function managed(
  ageDays: number,
  change: Partial<SecretState> = {},
  notAfter: number | null = null,
): SecretState {
  const createdAt = NOW - ageDays * DAY_MS;
  const version = {
    version: 3,
    stage: "current",
    run: "r",
    marker: "keyturn:api:r.1",
    credential: { id: "k", marker: null },
    createdAt,
    notAfter,
    promotedAt: createdAt,
    evidence: "in-use",
    stores: [],
    erased: false,
  } as const;
  return { ...newSecret("api"), highest: 3, current: 3, versions: { 3: version }, ...change };
}

describe("decide", () => {
  it("never finds an unmanaged secret due", () => {
    expect(decide(undefined, POLICY, NOW)).toEqual({ due: false, next: null });
    expect(decide(newSecret("api"), POLICY, NOW)).toEqual({ due: false, next: null });
  });

  it("never finds a secret due that is held since a rollback", () => {
    expect(decide(managed(100, { held: true }), POLICY, NOW)).toEqual({ due: false, next: null });
  });

  it("is due by age from the very instant", () => {
    expect(decide(managed(90), POLICY, NOW)).toEqual({ due: true, reason: "age", dueAt: NOW });
    expect(decide(managed(90), POLICY, NOW - 1)).toEqual({ due: false, next: NOW });
  });

  it("is due by expiry when that comes first, without splay", () => {
    const secret = managed(10, {}, NOW + 14 * DAY_MS);
    const splayed = { ...POLICY, policy: { ...POLICY.policy, splayMs: 30 * DAY_MS } };
    expect(decide(secret, splayed, NOW)).toEqual({ due: true, reason: "expiry", dueAt: NOW });
  });

  it("takes a share of the lifetime", () => {
    const third = { ...POLICY, policy: { ...POLICY.policy, renewBefore: { share: 0.25 } } };
    const secret = managed(30, {}, NOW + 10 * DAY_MS);
    expect(decide(secret, third, NOW)).toEqual({ due: true, reason: "expiry", dueAt: NOW });
    expect(decide(secret, third, NOW - 1).due).toBe(false);
  });

  it("splays a secret by the same delay every time, within the policy's bound", () => {
    const splayed = { ...POLICY, policy: { ...POLICY.policy, splayMs: HOUR_MS } };
    const first = decide(managed(0), splayed, NOW);
    expect(first).toEqual(decide(managed(0), splayed, NOW));
    const delay = (first.due ? 0 : (first.next ?? 0)) - (NOW + 90 * DAY_MS);
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThan(HOUR_MS);
  });

  it("holds off after a failure", () => {
    const until = NOW + HOUR_MS;
    expect(decide(managed(100, { holdOffUntil: until }), POLICY, NOW)).toEqual({ due: false, next: until });
    expect(decide(managed(100, { holdOffUntil: until }), POLICY, until).due).toBe(true);
  });
});

describe("admit", () => {
  const asked = (change: Partial<typeof ASKED>, secret?: SecretState, opensAt = NOW) =>
    admit(secret, POLICY, { ...ASKED, ...change }, NOW, opensAt);

  it("starts the life of an unmanaged secret only when asked to", () => {
    expect(asked({})).toEqual({ admit: "not-due", next: null });
    expect(asked({ now: true })).toMatchObject({ admit: "yes", reason: "requested", retireFirst: false });
  });

  it("refuses during an open run, and while an operator is waited for", () => {
    expect(asked({ now: true }, managed(1, { openRun: "r9" }))).toMatchObject({
      error: { code: "overlap-open" },
    });
    const stuck = managed(1, { needsOperator: { run: "r9", errors: [] } });
    expect(asked({ now: true, revokeNow: true }, stuck)).toMatchObject({
      error: { code: "locked-by-operator" },
    });
  });

  it("refuses during the overlap, unless the previous version may go first", () => {
    const overlapping = { previous: 2, retireAt: NOW + DAY_MS };
    const secret = managed(1, overlapping);
    expect(asked({ now: true }, secret)).toMatchObject({ error: { code: "overlap-open" } });
    expect(asked({ now: true, revokeNow: true }, secret)).toMatchObject({ admit: "yes", retireFirst: true });
    const dying = managed(1, overlapping, NOW + HOUR_MS);
    expect(asked({ now: true }, dying)).toMatchObject({ admit: "yes", retireFirst: true });
  });

  it("refuses --now outside the window, parks what is due, and ignores the window before an expiry", () => {
    const opensAt = NOW + 5 * HOUR_MS;
    expect(asked({ now: true }, managed(1), opensAt)).toMatchObject({ error: { code: "outside-window" } });
    expect(asked({ now: true, outsideWindow: true }, managed(1), opensAt)).toMatchObject({
      waitForWindow: false,
    });
    expect(asked({}, managed(100), opensAt)).toMatchObject({ admit: "yes", waitForWindow: true });
    const dying = managed(100, {}, NOW + HOUR_MS);
    expect(asked({}, dying, opensAt)).toMatchObject({
      waitForWindow: false,
      windowIgnored: expect.stringContaining("expires") as string,
    });
  });
});
