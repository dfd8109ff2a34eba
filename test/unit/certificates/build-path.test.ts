/** Path building: which of many paths is found, and what is told when there is none. */
import { describe, expect, it } from "vitest";
import { buildPath, RFC5280, type PathQuestion } from "../../../src/certificates/index.ts";
import { objectIdentifier, sequence, set, utf8String } from "../../../src/sandbox/tls/der.ts";
import {
  basicConstraints,
  commonName,
  extension,
  general,
  name,
  nameConstraints,
  names,
  OID,
  policies,
  text,
  TEXT,
} from "./fixtures/der.ts";
import { ask, type Chain } from "./fixtures/ask.ts";
import { authority, day, leaf, newKey, type Draft, type Issued, type KeyPair } from "./fixtures/issue.ts";

const HOST = "example.com";

function pathOf(chain: Chain, more: Partial<PathQuestion> = {}) {
  const answer = buildPath(ask(chain, more));
  return answer.ok ? answer.path : answer.failures;
}

function certificates(...issued: readonly Issued[]) {
  return issued.map(({ certificate }) => certificate);
}

/** The same CA, issued by somebody else. */
function crossSigned(ca: Issued, by: Issued, more: Parameters<typeof authority>[1] = {}): Issued {
  return authority("", { subject: ca.subject, key: ca.key, by, ...more });
}

describe("a path is found", () => {
  it("through a pool in any order, with strangers and doubles in it", () => {
    const root = authority("root");
    const one = authority("one", { by: root });
    const two = authority("two", { by: one });
    const end = leaf(HOST, two);
    const pool = [authority("stranger"), two, one, two, root];
    expect(pathOf({ leaf: end, pool, anchors: [root] })).toEqual(certificates(end, two, one, root));
  });

  it("through a cross-signed CA when the root at its other end is not trusted", () => {
    const [trusted, other] = [authority("trusted"), authority("other")];
    const ca = authority("ca", { by: other });
    const cross = crossSigned(ca, trusted);
    const end = leaf(HOST, ca);
    expect(pathOf({ leaf: end, pool: [ca, cross, other], anchors: [trusted] })).toEqual(
      certificates(end, cross, trusted),
    );
  });

  it.each([
    ["expired", { notBefore: day(-9), notAfter: day(-1) }],
    [
      "not a CA",
      { with: { basicConstraints: extension.basicConstraints(basicConstraints(false)), keyUsage: null } },
    ],
    [
      "for other names",
      { with: { nameConstraints: extension.nameConstraints(nameConstraints([general.dns("a.b")])) } },
    ],
  ])("around a certificate of the same CA that is %s", (_what, draft) => {
    const root = authority("root");
    const bad = authority("ca", { by: root, ...draft });
    const good = crossSigned(bad, root);
    const end = leaf(HOST, good);
    for (const pool of [
      [bad, good],
      [good, bad],
    ])
      expect(pathOf({ leaf: end, pool, anchors: [root] })).toEqual(certificates(end, good, root));
  });

  it("by the signature when two CAs have one name and no key identifier helps", () => {
    const root = authority("root");
    const [wrong, right] = [authority("ca", { by: root }), authority("ca", { by: root })];
    const end = leaf(HOST, right, {
      with: { authorityKey: extension.authorityKey(Buffer.from([0x30, 0x03, 0x80, 0x01, 0x07])) },
    });
    expect(pathOf({ leaf: end, pool: [wrong, right], anchors: [root] })).toEqual(
      certificates(end, right, root),
    );
  });

  it("out of CAs that certify one another in a circle", () => {
    const root = authority("root");
    const keys = { a: newKey(), b: newKey() };
    const a = { subject: commonName("a"), key: keys.a };
    const b = { subject: commonName("b"), key: keys.b };
    const known = authority("", { ...a, by: root });
    const aByB = authority("", { ...a, by: { ...known, ...b } });
    const bByA = authority("", { ...b, by: known });
    const end = leaf(HOST, bByA);
    expect(pathOf({ leaf: end, pool: [aByB, bByA, known], anchors: [root] })).toEqual(
      certificates(end, bByA, known, root),
    );
  });

  it("past a path length that only the longer way breaks", () => {
    const root = authority("root", {
      with: { basicConstraints: extension.basicConstraints(basicConstraints(true, 1)) },
    });
    const between = authority("between", { by: root });
    const long = authority("ca", { by: between });
    const short = crossSigned(long, root);
    const end = leaf(HOST, long);
    expect(pathOf({ leaf: end, pool: [long, between, short], anchors: [root] })).toEqual(
      certificates(end, short, root),
    );
  });

  it("through a self-issued CA, which does not count towards a depth", () => {
    const root = authority("root");
    const rolled = authority("root", { by: root });
    const chain = { leaf: leaf(HOST, rolled), pool: [rolled], anchors: [root] };
    expect(buildPath(ask(chain, { maxDepth: 0 })).ok).toBe(true);
  });

  it("by the key identifier first: one signature is enough among many CAs of one name", () => {
    const root = authority("root");
    const pool = Array.from({ length: 30 }, () => authority("ca", { by: root }));
    const end = leaf(HOST, pool[20] ?? root);
    expect(buildPath(ask({ leaf: end, pool, anchors: [root] }, { limits: { branches: 2 } })).ok).toBe(true);
  });

  it("when the attributes of one RDN stand in another order", () => {
    const [one, two] = [OID.commonName, OID.organization].map((type) =>
      sequence(objectIdentifier(type), utf8String("x")),
    );
    const rdn = (...attributes: readonly (Buffer | undefined)[]) =>
      sequence(set(...attributes.filter((attribute) => attribute !== undefined)));
    const root = authority("", { subject: rdn(one, two) });
    const end = leaf(HOST, root, { issuerName: rdn(two, one) });
    expect(pathOf({ leaf: end, anchors: [root] })).toEqual(certificates(end, root));
  });

  it("to a trusted intermediate, without its root", () => {
    const ca = authority("ca", { by: authority("root") });
    const end = leaf(HOST, ca);
    expect(pathOf({ leaf: end, anchors: [ca] })).toEqual(certificates(end, ca));
  });

  it("when names differ in case, spaces and string type only", () => {
    const root = authority("", { subject: name([OID.organization, text(TEXT.printable, "Some  Root ")]) });
    const end = leaf(HOST, root, { issuerName: name([OID.organization, "some root"]) });
    expect(pathOf({ leaf: end, anchors: [root] })).toEqual(certificates(end, root));
  });

  it("whose self-issued CA is let off name constraints, but for the leaf", () => {
    const constraints = nameConstraints([general.directory(commonName(HOST)), general.dns(HOST)]);
    const root = authority("root", { with: { nameConstraints: extension.nameConstraints(constraints) } });
    const rolled = authority("root", { by: root });
    const end = leaf(HOST, rolled);
    expect(pathOf({ leaf: end, pool: [rolled], anchors: [root] })).toEqual(certificates(end, rolled, root));
  });

  it("from a trusted CA to itself, where CAs may be leaves", () => {
    const root = authority("root", {
      with: { altName: extension.altName(Buffer.concat([Buffer.from([0x30, 13]), general.dns(HOST)])) },
    });
    expect(pathOf({ leaf: root, anchors: [root] }, { profile: RFC5280 })).toEqual(certificates(root, root));
  });
});

describe("a way that failed below one certificate is tried again below another", () => {
  const otherId = extension.subjectKey(Buffer.from([0x04, 0x01, 0x07]));

  /** One CA with two certificates; the key identifier has the first tried first. */
  function twice(first: Draft & { readonly by: Issued }, second: Draft & { readonly by: Issued }) {
    const ca = authority("ca", first);
    const other = crossSigned(ca, second.by, { ...second, with: { subjectKey: otherId } });
    return { ca, other };
  }

  it("when it was too long", () => {
    const limit = extension.basicConstraints(basicConstraints(true, 2));
    const root = authority("root", { with: { basicConstraints: limit } });
    const top = authority("top", { by: root });
    const between = authority("between", { by: top });
    const { ca, other } = twice({ by: between }, { by: top });
    const end = leaf(HOST, ca);
    expect(pathOf({ leaf: end, pool: [ca, other, between, top], anchors: [root] })).toEqual(
      certificates(end, other, top, root),
    );
  });

  it("when a name of the first was excluded", () => {
    const value = nameConstraints(undefined, [general.dns("bad.example")]);
    const root = authority("root", { with: { nameConstraints: extension.nameConstraints(value) } });
    const top = authority("top", { by: root });
    const altName = extension.altName(names(general.dns("bad.example")));
    const { ca, other } = twice({ by: top, with: { altName } }, { by: top });
    const end = leaf(HOST, ca);
    expect(pathOf({ leaf: end, pool: [ca, other, top], anchors: [root] })).toEqual(
      certificates(end, other, top, root),
    );
  });

  it("when the first had no policy", () => {
    const root = authority("root");
    const states = extension.policies(policies("1.2.3"));
    const asks = extension.policyConstraints(Buffer.from([0x30, 0x03, 0x80, 0x01, 0x00]));
    const top = authority("top", { by: root, more: [states, asks] });
    const { ca, other } = twice({ by: top }, { by: top, more: [states] });
    const end = leaf(HOST, ca, { more: [states] });
    expect(pathOf({ leaf: end, pool: [ca, other, top], anchors: [root] })).toEqual(
      certificates(end, other, top, root),
    );
  });

  it("when it closed a circle", () => {
    const root = authority("root");
    const named = (label: string) => ({ subject: commonName(label), key: newKey() });
    const as = (one: ReturnType<typeof named>): Issued => ({ ...root, ...one });
    const [a, b, c] = [named("a"), named("b"), named("c")];
    const value = nameConstraints(undefined, [general.dns("bad.example")]);
    const altName = extension.altName(names(general.dns("bad.example")));
    const aByRoot = authority("", {
      ...a,
      by: root,
      with: { nameConstraints: extension.nameConstraints(value) },
    });
    const aByB = authority("", { ...a, by: as(b) });
    const bByA = authority("", { ...b, by: as(a) });
    // Tried first: it leads to a, from there to b, which leads back to a; and a's other certificate excludes its name.
    const cByA = authority("", { ...c, by: as(a), with: { altName } });
    const cByB = authority("", { ...c, by: as(b), with: { subjectKey: otherId } });
    const end = leaf(HOST, as(c));
    expect(pathOf({ leaf: end, pool: [cByA, cByB, aByB, bByA, aByRoot], anchors: [root] })).toEqual(
      certificates(end, cByB, bByA, aByRoot, root),
    );
  });
});

describe("what is told when there is none", () => {
  const rules = (found: ReturnType<typeof pathOf>) => found.map((one) => ("rule" in one ? one.rule : "path"));

  it("puts the branch that came nearest to an anchor first, and names its certificate", () => {
    const root = authority("root", { notBefore: day(-9), notAfter: day(-1) });
    const near = authority("ca", { by: root });
    const far = authority("ca", { by: authority("root") });
    const end = leaf(HOST, near);
    const failures = buildPath(ask({ leaf: end, pool: [far, near], anchors: [root] }));
    expect(failures.ok ? [] : failures.failures[0]).toMatchObject({
      rule: "expired",
      position: 2,
      subject: "CN=root",
      fingerprint: root.certificate.fingerprint,
      message: "it expired at 2026-05-31T00:00:00Z",
    });
  });

  it("puts what the leaf breaks by itself before everything else", () => {
    const end = leaf("other.example", authority("unknown"));
    expect(rules(pathOf({ leaf: end, anchors: [authority("root")] }))).toEqual(["name-matches", "issuer"]);
  });

  it("ends a circle that leads nowhere", () => {
    const a = authority("a");
    const b = authority("b", { by: a });
    const aByB = crossSigned(a, b);
    const end = leaf(HOST, b);
    expect(rules(pathOf({ leaf: end, pool: [aByB, b], anchors: [authority("root")] }))).toEqual(["issuer"]);
  });

  it("holds a root that claims the name of a trusted one to its signature", () => {
    const [real, fake] = [authority("root"), authority("root")];
    const end = leaf(HOST, fake);
    expect(rules(pathOf({ leaf: end, pool: [fake], anchors: [real] }))).toContain("signature-valid");
  });

  it("writes no control character of a name", () => {
    const root = authority("root");
    const end = leaf(HOST, root, { subject: commonName("evil\u001b[31m\nname") });
    const answer = buildPath(ask({ leaf: end, anchors: [root] }));
    expect(answer.ok ? "" : answer.failures[0]?.subject).toBe("CN=evil?[31m?name");
  });
});

it("walks no dead end twice: 4,096 ways that all end alike are no more work than one", () => {
  const [root, impostor] = [authority("root"), authority("root")];
  const cas = Array.from({ length: 6 }, (_, level) =>
    Array.from({ length: 4 }, (_one, at) => ({ subject: commonName(`${level}.${at}`), key: newKey() })),
  );
  const issuedBy = (by: { readonly subject: Buffer; readonly key: KeyPair }): Issued => ({ ...root, ...by });
  const pool = cas.flatMap((level, height) =>
    level.flatMap((ca) =>
      (cas[height + 1] ?? [impostor]).map((by) => authority("", { ...ca, by: issuedBy(by) })),
    ),
  );
  const end = leaf(HOST, issuedBy(cas[0]?.[0] ?? root));
  const answer = buildPath(ask({ leaf: end, pool, anchors: [root] }, { limits: { branches: 500 } }));
  const reasons = answer.ok ? [] : answer.failures.map(({ rule, position }) => ({ rule, position }));
  expect(reasons).toEqual(new Array(4).fill({ rule: "signature-valid", position: 6 }));
});
