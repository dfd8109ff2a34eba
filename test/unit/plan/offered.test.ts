import { describe, expect, it } from "vitest";
import { newSecret } from "../../../src/domain/new-secret.ts";
import type { Offer } from "../../../src/domain/offer.ts";
import type { SecretPolicy } from "../../../src/domain/policy.ts";
import type { SecretState } from "../../../src/domain/state.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { decide } from "../../../src/plan/decide.ts";
import { lastingFault, missingOffer, offeredSince } from "../../../src/plan/offered.ts";

const NOW = Date.UTC(2026, 10, 25);
const OF: SecretPolicy = {
  secret: "web",
  policy: {
    name: "p",
    maxAgeMs: null,
    cron: null,
    renewBefore: { share: 0.2 },
    timezone: "UTC",
    window: null,
    splayMs: 0,
    overlapMs: HOUR_MS,
    keep: 2,
    retry: { attempts: 3, firstMs: 1000, maxMs: 1000 },
    allowGap: false,
  },
  labels: {},
  dependsOn: [],
  notWith: [],
  stores: [],
};
const current: SecretState = {
  ...newSecret("web"),
  highest: 1,
  current: 1,
  versions: {
    "1": {
      version: 1,
      stage: "current",
      run: "r",
      marker: "keyturn:web:r.1",
      credential: { id: "aa", marker: null },
      createdAt: NOW - DAY_MS,
      notAfter: NOW + 60 * DAY_MS,
      promotedAt: NOW,
      evidence: "in-use",
      stores: [],
      erased: false,
    },
  },
};
const waiting: Offer = { state: "waiting", id: "ab", since: NOW - HOUR_MS };
const unready = (kind: "transient" | "rejected"): Offer => ({
  state: "unready",
  error: { code: "certificate-incomplete", kind, message: "half", hint: null },
});

describe("a version that others made", () => {
  it("makes a secret due at any age, unless it is held, held back, or unmanaged", () => {
    expect(decide(current, OF, NOW)).toMatchObject({ due: false });
    expect(decide(current, OF, NOW, offeredSince(waiting))).toEqual({
      due: true,
      reason: "renewed",
      dueAt: NOW - HOUR_MS,
    });
    expect(decide({ ...current, held: true }, OF, NOW, NOW)).toMatchObject({ due: false });
    expect(decide({ ...current, holdOffUntil: NOW + 1 }, OF, NOW, NOW)).toEqual({
      due: false,
      next: NOW + 1,
    });
    expect(decide(undefined, OF, NOW, NOW)).toEqual({ due: false, next: null });
    expect([offeredSince({ state: "none" }), offeredSince(unready("transient")), offeredSince(null)]).toEqual(
      [null, null, null],
    );
  });

  it("is missed when a rule makes the secret due, and not when a person asks", () => {
    const missing = missingOffer("web", { state: "none" }, "expiry", current);
    expect(missing).toMatchObject({ code: "renewal-missing", message: expect.stringContaining("version 1") });
    expect(missingOffer("web", unready("transient"), "expiry", current)).toMatchObject({ message: "half" });
    for (const [offer, reason] of [
      [{ state: "none" }, "requested"],
      [{ state: "none" }, "target-added"],
      [waiting, "expiry"],
      [null, "expiry"],
    ] as const)
      expect(missingOffer("web", offer, reason, current)).toBeNull();
  });

  it("that stays half is told although nothing is due", () => {
    expect(lastingFault(unready("rejected"))).toMatchObject({ code: "certificate-incomplete" });
    expect([lastingFault(unready("transient")), lastingFault(waiting), lastingFault(null)]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
