/** Name constraints of every type (RFC 5280 section 4.2.1.10): a constraint, a name, and what follows. */
import { describe, expect, it } from "vitest";
import { buildPath, RFC5280, type RuleId } from "../../../src/certificates/index.ts";
import { ask } from "./fixtures/ask.ts";
import {
  commonName,
  extension,
  general,
  name,
  nameConstraints,
  names,
  OID,
  text,
  TEXT,
} from "./fixtures/der.ts";
import { authority, leaf, type Draft } from "./fixtures/issue.ts";

interface Constraints {
  readonly permit?: Buffer;
  readonly exclude?: Buffer;
}

const PERMITTED = undefined;

/** The first rule that a leaf with this name breaks below a CA with these constraints. */
function refusal({ permit, exclude }: Constraints, draft: Draft): RuleId | undefined {
  const value = nameConstraints(permit && [permit], exclude && [exclude]);
  const root = authority("root", { with: { nameConstraints: extension.nameConstraints(value) } });
  const end = leaf("ignored.example", root, draft);
  const answer = buildPath(ask({ leaf: end, anchors: [root] }, { names: [], profile: RFC5280 }));
  return answer.ok ? undefined : answer.failures[0]?.rule;
}

function altName(...list: readonly Buffer[]): Draft {
  return { with: { altName: extension.altName(names(...list)) } };
}

const { dns, email, uri, ip, address, directory, other, registeredId } = general;
const NOT_PERMITTED = "names-permitted";
const EXCLUDED = "names-not-excluded";
const NO_FORM = "constraints-form";
const loopback = ip(127, 0, 0, 0, 255, 0, 0, 0);
const v6 = (prefix: readonly number[], bits: number) =>
  ip(
    ...prefix,
    ...new Array<number>(16 - prefix.length).fill(0),
    ...Array.from({ length: 16 }, (_, at) => 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - at * 8)))),
  );
const org = (...units: readonly string[]) =>
  name(...units.map((unit): readonly [string, string] => [OID.organization, unit]));

type Row = readonly [what: string, constraints: Constraints, name: Buffer, refused: RuleId | undefined];

const ROWS: readonly Row[] = [
  ["a host itself", { permit: dns("a.com") }, dns("A.COM"), PERMITTED],
  ["a host below", { permit: dns("a.com") }, dns("x.y.a.com"), PERMITTED],
  ["a host that ends alike", { permit: dns("a.com") }, dns("ba.com"), NOT_PERMITTED],
  ["every host, by the empty constraint", { exclude: dns("") }, dns("a.com"), EXCLUDED],
  ["a host above", { exclude: dns("x.a.com") }, dns("a.com"), PERMITTED],
  ["another type than is permitted", { permit: dns("a.com") }, address("127.0.0.1"), PERMITTED],
  ["both, of which exclusion wins", { permit: dns("a.com"), exclude: dns("a.com") }, dns("a.com"), EXCLUDED],
  ["a wildcard within", { permit: dns("a.com") }, dns("*.a.com"), PERMITTED],
  ["a wildcard that is wider", { permit: dns("x.a.com") }, dns("*.a.com"), NOT_PERMITTED],
  ["a wildcard with an excluded name", { exclude: dns("x.a.com") }, dns("*.a.com"), EXCLUDED],
  ["a wildcard above an excluded name", { exclude: dns("x.y.a.com") }, dns("*.a.com"), PERMITTED],
  ["a leading dot", { permit: dns(".a.com") }, dns("x.a.com"), NO_FORM],
  ["a wildcard as constraint", { permit: dns("*.a.com") }, dns("x.a.com"), NO_FORM],

  ["an address within", { permit: loopback }, address("127.9.9.9"), PERMITTED],
  ["an address outside", { permit: loopback }, address("128.0.0.1"), NOT_PERMITTED],
  ["an excluded address", { exclude: loopback }, address("127.0.0.1"), EXCLUDED],
  ["IPv6 where IPv4 is permitted", { permit: loopback }, address("::1"), NOT_PERMITTED],
  ["IPv6 where IPv4 is excluded", { exclude: ip(0, 0, 0, 0, 0, 0, 0, 0) }, address("::1"), PERMITTED],
  ["IPv6 within", { permit: v6([0x20, 1, 0x0d, 0xb8], 32) }, address("2001:db8::7"), PERMITTED],
  ["IPv6 outside", { permit: v6([0x20, 1, 0x0d, 0xb8], 32) }, address("2001:db9::7"), NOT_PERMITTED],
  ["a prefix that ends within an octet", { permit: v6([0xfe, 0x80], 10) }, address("febf::1"), PERMITTED],
  ["a mask with a hole", { permit: ip(127, 0, 0, 0, 255, 0, 255, 0) }, address("127.0.0.1"), NO_FORM],
  ["an address without mask", { permit: address("127.0.0.1") }, address("127.0.0.1"), NO_FORM],

  ["a mailbox", { permit: email("me@a.com") }, email("me@A.com"), PERMITTED],
  ["a mailbox in other case", { permit: email("me@a.com") }, email("Me@a.com"), NOT_PERMITTED],
  ["any mailbox of a host", { permit: email("a.com") }, email("me@a.com"), PERMITTED],
  ["a mailbox of a host below", { permit: email("a.com") }, email("me@x.a.com"), NOT_PERMITTED],
  ["a mailbox below a domain", { permit: email(".a.com") }, email("me@x.a.com"), PERMITTED],
  ["a mailbox of the domain itself", { permit: email(".a.com") }, email("me@a.com"), NOT_PERMITTED],
  ["an asterisk, which stands for itself", { permit: email("*@a.com") }, email("me@a.com"), NOT_PERMITTED],
  ["two at signs", { permit: email("a@b@a.com") }, email("b@a.com"), NO_FORM],

  ["a URI's host", { permit: uri("a.com") }, uri("https://u:p@A.com:8443/x?y"), PERMITTED],
  ["a URI's host below", { permit: uri("a.com") }, uri("https://x.a.com/"), NOT_PERMITTED],
  ["a URI below a domain", { permit: uri(".a.com") }, uri("https://x.a.com/"), PERMITTED],
  ["a URI with an excluded host", { exclude: uri("a.com") }, uri("https://a.com"), EXCLUDED],
  ["a URI with a host in its path", { permit: uri("a.com") }, uri("https://b.com/@a.com/"), NOT_PERMITTED],
  ["a URI with an address", { exclude: uri("a.com") }, uri("https://127.0.0.1/"), "names-decidable"],
  ["a URI without host", { permit: uri("a.com") }, uri("urn:a.com"), "names-decidable"],
  ["a constraint that is a whole URI", { permit: uri("https://a.com") }, uri("https://a.com"), NO_FORM],

  ["a directory name below", { permit: directory(org("A")) }, directory(org("a", "b")), NOT_PERMITTED],
  [
    "an excluded directory name",
    { exclude: directory(org("A", "B")) },
    directory(org("a", "b", "c")),
    EXCLUDED,
  ],
  ["a directory name above", { exclude: directory(org("A", "B")) }, directory(org("a")), PERMITTED],
  ["a name of a type not processed", { permit: other() }, other(), "names-decidable"],
  ["a registered identifier", { exclude: registeredId() }, registeredId(), "names-decidable"],
];

describe("name constraints", () => {
  it.each(ROWS)("%s", (_what, constraints, altNameOfLeaf, refused) => {
    expect(refusal(constraints, altName(altNameOfLeaf))).toBe(refused);
  });

  it("hold for the subject: this is why a directory name below was refused above", () => {
    const constraints = { permit: directory(org("A")) };
    const draft = altName(directory(org("a", "b")));
    expect(refusal(constraints, { ...draft, subject: org("a", "x") })).toBe(PERMITTED);
    expect(refusal(constraints, { ...draft, subject: commonName("a") })).toBe(NOT_PERMITTED);
  });

  it("do not hold for an empty subject", () => {
    const critical = { with: { altName: extension.altName(names(dns("a.com")), true) } };
    expect(refusal({ permit: directory(org("A")) }, { ...critical, subject: name() })).toBe(PERMITTED);
  });

  it("hold for e-mail addresses of the subject, unless an alternative name is one", () => {
    const subject = name([OID.email, text(TEXT.ia5, "me@b.com")]);
    const constraints = { permit: email("a.com") };
    expect(refusal(constraints, { subject, ...altName(dns("a.com")) })).toBe(NOT_PERMITTED);
    expect(refusal(constraints, { subject, ...altName(email("me@a.com")) })).toBe(PERMITTED);
  });

  it("add up along the path: each CA is asked", () => {
    const constrained = (base: Buffer) => ({
      with: { nameConstraints: extension.nameConstraints(nameConstraints([base])) },
    });
    const root = authority("root", constrained(dns("a.com")));
    const ca = authority("ca", { by: root, ...constrained(dns("b.com")) });
    for (const host of ["a.com", "b.com"]) {
      const answer = buildPath(ask({ leaf: leaf(host, ca), pool: [ca], anchors: [root] }, { names: [] }));
      expect(answer.ok ? undefined : answer.failures[0]?.rule).toBe(NOT_PERMITTED);
    }
  });

  it("hold for a CA between, too", () => {
    const value = nameConstraints(undefined, [directory(commonName("ca"))]);
    const root = authority("root", { with: { nameConstraints: extension.nameConstraints(value) } });
    const ca = authority("ca", { by: root });
    const answer = buildPath(ask({ leaf: leaf("example.com", ca), pool: [ca], anchors: [root] }));
    expect(answer.ok ? undefined : answer.failures[0]).toMatchObject({ rule: EXCLUDED, position: 1 });
  });
});
