import { onTestFinished, expect, it } from "vitest";
import type { Created } from "../../../src/domain/version.ts";
import { refusedSecret } from "../../../src/issuers/entra-password/refused-secret.ts";
import { Steadiness } from "../../../src/issuers/entra-password/steadiness.ts";
import { startEntraWorld, type EntraWorld } from "../../contract/entra-world.ts";

const signal = new AbortController().signal;
const MARKER = "keyturn:azure_secret:0run0.1";
const FACTS = { appId: "app", settleMs: 300_000 };
const WRONG = { aadsts: 7000215, expired: false };

async function world(): Promise<EntraWorld> {
  const started = await startEntraWorld();
  onTestFinished(() => started.close());
  return started;
}

async function create({ issuer }: EntraWorld): Promise<Created> {
  const issued = await issuer.create({ marker: MARKER }, signal);
  return { ...issued, ref: { secret: "azure_secret", version: 1, marker: MARKER } };
}

it("looks again soon at first and more rarely as a secret gets older", () => {
  const waits = [0, 5_000, 40_000, 200_000].map(
    (ageMs) => refusedSecret(WRONG, { ...FACTS, ageMs }).retryAfterMs,
  );
  expect(waits).toEqual([1_000, 1_000, 4_000, 10_000]);
});

it("gives a refused secret up when it had its time to settle", () => {
  expect(refusedSecret(WRONG, { ...FACTS, ageMs: 299_999 })).toMatchObject({
    code: "not-settled",
    kind: "transient",
  });
  expect(refusedSecret(WRONG, { ...FACTS, ageMs: 300_000 })).toMatchObject({
    code: "credential-refused",
    kind: "rejected",
  });
});

it("waits for nothing when Entra's reason is not one that time heals", () => {
  const blocked = refusedSecret({ aadsts: 53003, expired: false }, { ...FACTS, ageMs: 0 });
  expect(blocked).toMatchObject({ code: "credential-refused", kind: "rejected" });
});

it("trusts a secret that was refused once only after a while of successes", () => {
  const steadiness = new Steadiness();
  steadiness.refused("key", 6_000);
  for (let signIn = 0; signIn < 15; signIn += 1) steadiness.accepted("key");
  expect(steadiness.isSteady("key", 7_999)).toBe(false);
  expect(steadiness.isSteady("key", 8_000)).toBe(true);
  steadiness.refused("key", 8_000);
  expect(steadiness.isSteady("key", 60_000)).toBe(false);
});

it("trusts a secret at once that nothing ever refused", () => {
  expect(new Steadiness().isSteady("key", 0)).toBe(true);
});

it("signs in several times before it calls a version good", async () => {
  const entra = await world();
  const secret = entra.app.addSecret();
  const { SecretValue } = await import("../../../src/domain/material.ts");
  await entra.issuer.verify(
    {
      ref: { secret: "azure_secret", version: 0, marker: MARKER },
      credential: { id: secret.keyId, marker: null },
      material: { value: SecretValue.fromText(secret.secretText) },
      createdAt: 0,
      notAfter: null,
    },
    signal,
  );
  expect(entra.sandbox.signInsOf(entra.app.appId)).toEqual({ succeeded: 5, failed: 0 });
});

it("dates a version by its own clock", async () => {
  const entra = await world();
  entra.clock.push(1_000_000);
  const before = entra.clock.now();
  const version = await create(entra);
  expect(version.createdAt).toBeGreaterThanOrEqual(before);
  expect(version.createdAt).toBeLessThanOrEqual(entra.clock.now());
});

it("does not believe a few successes of a secret that it first looks at late: a process before may have seen it refused", () => {
  const steadiness = new Steadiness();
  steadiness.look("key", 9_000);
  for (let signIn = 0; signIn < 5; signIn += 1) steadiness.accepted("key");
  expect(steadiness.isSteady("key", 9_100)).toBe(false);
  for (let signIn = 0; signIn < 10; signIn += 1) steadiness.accepted("key");
  expect(steadiness.isSteady("key", 12_000)).toBe(true);

  const prompt = new Steadiness();
  prompt.look("key", 200);
  prompt.look("key", 9_000);
  expect(prompt.isSteady("key", 9_000)).toBe(true);
});
