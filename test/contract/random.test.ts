import { expect, it } from "vitest";
import { describeIssuer } from "./describe-issuer.ts";
import { contextWith } from "./reload/context.ts";
import type { Issuer } from "../../src/domain/ports.ts";
import { random } from "../../src/issuers/random.ts";

function connect(settings: object): Promise<Issuer> {
  return random.connect(random.schema.parse({ kind: "random", ...settings }), "api", contextWith());
}

async function value(issuer: Issuer): Promise<string> {
  const material = await issuer.generate?.(new AbortController().signal);
  return material?.["value"]?.reveal((text) => text) ?? "";
}

describeIssuer({
  kind: random,
  goodConfig: { kind: "random", length: 32, alphabet: "alphanumeric", overlap: "dual" },
  badConfigs: [
    { change: { kind: "rand" }, path: "kind" },
    { change: { length: undefined }, path: "length" },
    { change: { length: 10 }, path: "length" },
    { change: { length: 19, alphabet: "digits" }, path: "length" },
    { change: { length: 63, alphabet: undefined, characters: "01" }, path: "length" },
    { change: { length: "32" }, path: "length" },
    { change: { bytes: 32 }, path: "bytes" },
    { change: { length: undefined, bytes: 7 }, path: "bytes" },
    { change: { length: undefined, bytes: 32 }, path: "alphabet" },
    { change: { length: undefined, alphabet: undefined, bytes: 32, characters: "abc" }, path: "characters" },
    { change: { alphabet: "words" }, path: "alphabet" },
    { change: { characters: "abc" }, path: "characters" },
    { change: { alphabet: undefined, characters: "a" }, path: "characters" },
    { change: { alphabet: undefined, characters: "abca" }, path: "characters" },
    { change: { alphabet: undefined, characters: "ab cd" }, path: "characters" },
    { change: { encoding: "hex" }, path: "encoding" },
    { change: { length: undefined, alphabet: undefined, bytes: 32, encoding: "raw" }, path: "encoding" },
    { change: { overlap: "both" }, path: "overlap" },
  ],
  farSide: false,
  start: async () => ({
    issuer: await connect({ length: 32 }),
    live: async () => [],
    addForeign: async () => "",
    fail: () => undefined,
    canaries: () => [],
    close: async () => {},
  }),
});

it.each([
  [{ length: 40 }, /^[A-Za-z0-9]{40}$/],
  [{ length: 24, alphabet: "digits" }, /^\d{24}$/],
  [{ length: 24, alphabet: "letters" }, /^[A-Za-z]{24}$/],
  [{ length: 24, alphabet: "hex" }, /^[0-9a-f]{24}$/],
  [{ length: 24, alphabet: "base64url" }, /^[\w-]{24}$/],
  [{ length: 64, characters: "!~" }, /^[!~]{64}$/],
  [{ bytes: 32 }, /^[\w-]{43}$/],
  [{ bytes: 32, encoding: "base64" }, /^[A-Za-z0-9+/]{43}=$/],
  [{ bytes: 16, encoding: "hex" }, /^[0-9a-f]{32}$/],
])("%j makes what it says", async (settings, pattern) => {
  const issuer = await connect(settings);
  for (let time = 0; time < 20; time += 1) expect(await value(issuer)).toMatch(pattern);
});

it("no character is favoured", async () => {
  // 62 does not divide 256: taking bytes modulo 62 would favour eight characters by a quarter.
  const issuer = await connect({ length: 4096 });
  const counts = new Map<string, number>();
  for (let time = 0; time < 40; time += 1)
    for (const each of await value(issuer)) counts.set(each, (counts.get(each) ?? 0) + 1);
  const expected = (40 * 4096) / 62;
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(counts.size).toBe(62);
  // 61 degrees of freedom: beyond 150 with a chance of 1 in 100 million; the biased way gives over 1,000.
  expect(chiSquare).toBeLessThan(150);
});

it("the overlap is what the configuration promises of the application, and none when it says nothing", () => {
  const overlap = (settings: object): string =>
    random.overlap(random.schema.parse({ kind: "random", length: 32, ...settings }));
  expect([overlap({}), overlap({ overlap: "dual" })]).toEqual(["none", "dual"]);
});
