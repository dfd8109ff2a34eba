import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { describeIssuer } from "./describe-issuer.ts";
import { calm, marker } from "./issuer/scene.ts";
import { contextWith } from "./reload/context.ts";
import { SecretValue, type Material } from "../../src/domain/material.ts";
import type { Issuer } from "../../src/domain/ports.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { manual } from "../../src/issuers/manual.ts";

const context = contextWith();

function connect(settings: object = {}): Promise<Issuer> {
  return manual.connect(manual.schema.parse({ kind: "manual", ...settings }), "vendor_key", context);
}

/** A person, who never gives the same value twice. */
const given = (): Material => ({ value: SecretValue.fromText(randomUUID()) });

describeIssuer({
  kind: manual,
  goodConfig: {
    kind: "manual",
    instructions: "Settings, then API keys",
    url: "https://vendor.example.com/keys",
    validFor: "365d",
    overlap: "dual",
  },
  badConfigs: [
    { change: { kind: "hand" }, path: "kind" },
    { change: { instructions: "  " }, path: "instructions" },
    { change: { instructions: "x".repeat(1_001) }, path: "instructions" },
    { change: { url: "vendor" }, path: "url" },
    { change: { url: "file:///etc/passwd" }, path: "url" },
    { change: { validFor: "a year" }, path: "validFor" },
    { change: { overlap: "both" }, path: "overlap" },
  ],
  farSide: false,
  start: async () => ({
    issuer: { ...(await connect()), generate: async () => given() },
    live: async () => [],
    addForeign: async () => "",
    fail: () => undefined,
    canaries: () => [],
    close: async () => {},
  }),
});

it("chooses nothing by itself, and takes nothing for a value that is none", async () => {
  const issuer = await connect();
  expect(issuer.generate).toBeUndefined();
  await expect(issuer.create({ marker: marker(1) }, calm())).rejects.toMatchObject({ kind: "invariant" });
  const material = { value: SecretValue.fromText("") };
  await expect(issuer.create({ marker: marker(1), material }, calm())).rejects.toMatchObject({
    kind: "invariant",
  });
});

it("a value expires so long after it was given, or never", async () => {
  const order = { marker: marker(1), material: given() };
  const { createdAt, notAfter } = await (await connect({ validFor: "365d" })).create(order, calm());
  expect((notAfter ?? 0) - createdAt).toBe(365 * DAY_MS);
  expect((await (await connect()).create(order, calm())).notAfter).toBeNull();
});

it("tells a person what is configured, in one line", () => {
  const config = manual.schema.parse({ kind: "manual", instructions: " Log in.\n  Ask for a key.\n" });
  expect(manual.byHand?.(config)).toEqual({
    instructions: "Log in. Ask for a key.",
    url: null,
    endsPrevious: false,
  });
  const gap = manual.schema.parse({ kind: "manual", overlap: "none" });
  expect(manual.byHand?.(gap)).toMatchObject({ endsPrevious: true });
});

it("the previous value works on until it is revoked, unless the configuration says otherwise", () => {
  const overlap = (settings: object): string =>
    manual.overlap(manual.schema.parse({ kind: "manual", ...settings }));
  expect([overlap({}), overlap({ overlap: "none" })]).toEqual(["dual", "none"]);
});
