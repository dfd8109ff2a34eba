/** Where a rule ends: the cases right beside the two of `rules.test.ts`. */
import { describe, expect, it } from "vitest";
import { buildPath, USAGE, type PathQuestion } from "../../../src/certificates/index.ts";
import { boolean, implicit, sequence } from "../../../src/sandbox/tls/der.ts";
import { ask } from "./fixtures/ask.ts";
import { commonName, extension, general, name, names, OID, text, usages } from "./fixtures/der.ts";
import { authority, day, leaf, NOW, type Draft } from "./fixtures/issue.ts";
import { listExtension, revocationList } from "./fixtures/revoke.ts";
import { withLeaf, withRoot, world } from "./rules/rule-case.ts";

function rulesOf(question: PathQuestion): readonly string[] {
  const answer = buildPath(question);
  return answer.ok ? [] : answer.failures.map(({ rule }) => rule);
}

describe("time", () => {
  const seconds = (digits: string) => text(0x17, digits);

  it.each([
    ["the last second counts to its end", { notAfter: day(0) }, []],
    [
      "a second that has not begun does not count",
      { notBefore: seconds("260601000001Z") },
      ["not-yet-valid"],
    ],
  ])("%s", (_what, draft, rules) => {
    expect(rulesOf(withLeaf(draft, { at: NOW + 999 }))).toEqual(rules);
  });
});

describe("a serial number", () => {
  it.each([
    ["0 of a root", withRoot({ serial: Buffer.from([0]) }), []],
    ["0 of a leaf", withLeaf({ serial: Buffer.from([0]) }), ["serial-number"]],
    ["below 0", withLeaf({ serial: Buffer.from([0x80]) }), ["serial-number"]],
    [
      "20 octets and one of padding",
      withLeaf({ serial: Buffer.from(`00${"ff".repeat(20)}`, "hex") }),
      ["serial-number"],
    ],
  ])("%s", (_what, question, rules) => {
    expect(rulesOf(question)).toEqual(rules);
  });
});

describe("a common name", () => {
  const broken = "common-name-in-alt-names";
  const served = (subject: Buffer, ...list: readonly Buffer[]): PathQuestion =>
    withLeaf({ subject, with: { altName: extension.altName(names(...list)) } }, { names: [] });
  const { dns, address } = general;

  it.each([
    ["a copy of a host", commonName("example.com"), dns("example.com"), []],
    ["a copy of a wildcard", commonName("*.example.com"), dns("*.example.com"), []],
    ["the domain of a wildcard", commonName("example.com"), dns("*.example.com"), []],
    ["a copy of an address", commonName("2606:4700::1111"), address("2606:4700:0::1111"), []],
    ["an address in another form", commonName("2606:4700:0::1111"), address("2606:4700::1111"), [broken]],
    ["another public host", commonName("other.com"), dns("example.com"), [broken]],
    ["anything beside a local host", commonName("front door"), dns("db.internal"), []],
    ["a local host in other case", commonName("DB.internal"), dns("db.internal"), [broken]],
    ["a local address in hexadecimal", commonName("0x0a000001"), address("10.0.0.1"), [broken]],
    ["a local address with zeros", commonName("010.000.000.001"), address("10.0.0.1"), [broken]],
    ["a local address in capitals", commonName("FD00::1"), address("fd00::1"), [broken]],
    ["anything beside names of other types", commonName("me"), general.email("me@example.com"), []],
    ["no common name", name([OID.organization, "Example"]), dns("example.com"), []],
  ])("%s", (_what, subject, altName, rules) => {
    expect(rulesOf(served(subject, altName))).toEqual(rules);
  });

  it("stands once", () => {
    const twice = name([OID.commonName, "a.com"], [OID.commonName, "b.com"]);
    expect(rulesOf(served(twice, dns("a.com"), dns("b.com")))).toEqual([broken]);
  });
});

describe("extensions", () => {
  const states = (...ids: readonly string[]): Draft => ({
    with: { extendedKeyUsage: extension.extendedKeyUsage(usages(...ids)) },
  });

  it("take anyExtendedKeyUsage for the purpose, unless a usage is demanded", () => {
    expect(rulesOf(withLeaf(states(USAGE.anyExtendedKeyUsage)))).toEqual([]);
    const demanded = { demandedUsages: [USAGE.serverAuth] };
    expect(rulesOf(withLeaf(states(USAGE.anyExtendedKeyUsage), demanded))).toEqual(["purpose-not-any"]);
  });

  it("have an authority key identifier with the identifier in it", () => {
    const authorityKey = extension.authorityKey(sequence());
    expect(rulesOf(withLeaf({ with: { authorityKey } }))).toEqual(["authority-key"]);
  });

  it("count once: the first of two is the one that is believed", () => {
    const second = extension.altName(names(general.dns("other.example")));
    expect(rulesOf(withLeaf({ more: [second] }))).toEqual(["extension-once"]);
  });
});

describe("a revocation list of a CA's issuer", () => {
  const yes = boolean(true).subarray(2);
  const { root, ca, leaf: end } = world({});

  it.each([
    ["for CAs only covers it", 2, []],
    ["for users only does not", 1, ["revocation-known"]],
  ])("%s", (_what, field, rules) => {
    const scope = listExtension.scope(sequence(implicit(field, yes)));
    const lists = [revocationList(ca), revocationList(root, { more: [scope] })];
    expect(rulesOf(ask({ leaf: end, pool: [ca], anchors: [root] }, { revocationLists: lists }))).toEqual(
      rules,
    );
  });
});

it("holds no certificate for the one of another host whose address its name looks like", () => {
  const root = authority("root");
  const end = leaf("example.com", root, {
    with: { altName: extension.altName(names(general.dns("example.com"), general.address("10.0.0.1"))) },
  });
  const wanted = [{ kind: "dns", value: "10.0.0.1" }] as const;
  expect(rulesOf(ask({ leaf: end, anchors: [root] }, { names: wanted }))).toEqual(["name-matches"]);
});
