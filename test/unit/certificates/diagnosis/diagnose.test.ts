/** What a check says of what a server sends: which certificate, which rule, what mends it. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Authorities, diagnose, type CheckRule, type Presented } from "../../../../src/certificates/index.ts";
import { objectIdentifier, sequence } from "../../../../src/sandbox/tls/der.ts";
import { extension, general, nameConstraints, policies } from "../fixtures/der.ts";
import { authority, day, leaf, newKey, NOW, type Draft, type Issued } from "../fixtures/issue.ts";

const HOST = "shop.example.com";
/** CAs outlive the month before which their end is told. */
const LONG = { notBefore: day(-100), notAfter: day(900) };

const root = authority("Root", LONG);
const upper = authority("Upper", { by: root, ...LONG });
const lower = authority("Lower", { by: upper, ...LONG });
const end = leaf(HOST, lower, { notAfter: day(60) });

function certificates(issued: readonly Issued[]) {
  return issued.map(({ certificate }) => certificate);
}

function judge(
  served: readonly Issued[],
  more: Partial<Presented> & { readonly pooled?: readonly Issued[] } = {},
) {
  const { pooled = [], ...rest } = more;
  return diagnose({
    served: certificates(served),
    trust: new Authorities([root.certificate]),
    pool: new Authorities(certificates(pooled)),
    names: [{ kind: "dns", value: HOST }],
    at: NOW,
    ...rest,
  });
}

/** Rule, level and place of every finding. */
function told(served: readonly Issued[], more: Parameters<typeof judge>[1] = {}) {
  return judge(served, more).findings.map(({ rule, level, certificate }) => [
    rule,
    level,
    certificate?.position ?? null,
  ]);
}

function served(draft: Draft): readonly Issued[] {
  return [leaf(HOST, lower, { notAfter: day(60), ...draft }), lower, upper];
}

it("says nothing of a chain that is complete and in order", () => {
  const { alone, pooled, findings } = judge([end, lower, upper], { key: end.key.privateKey });
  expect(findings).toEqual([]);
  expect(alone).toEqual({ ok: true, path: certificates([end, lower, upper, root]) });
  expect(pooled).toEqual(alone);
});

describe("what is served alone, and what a pool would mend", () => {
  it("names the intermediate that the pool has, and the certificate it belongs behind", () => {
    const { alone, pooled, findings } = judge([end, upper], { pooled: [lower] });
    expect([alone.ok, pooled.ok]).toEqual([false, true]);
    expect(pooled.path).toEqual(certificates([end, lower, upper, root]));
    expect(findings[0]).toMatchObject({
      rule: "missing-intermediate",
      section: "RFC 8446 4.4.2, RFC 5246 7.4.2",
      level: "error",
      certificate: { position: 0, subject: `CN=${HOST}` },
      missing: { subject: "CN=Lower", fingerprint: lower.certificate.fingerprint },
    });
    expect(findings[0]?.mend).toContain(lower.certificate.fingerprint);
  });

  it("names every one of several", () => {
    const { findings } = judge([end], { pooled: [upper, lower, authority("stranger")] });
    expect(findings.map(({ missing }) => missing?.subject)).toEqual(["CN=Lower", "CN=Upper"]);
    expect(findings.map(({ certificate }) => certificate?.position)).toEqual([0, null]);
  });

  it("tells the issuer's key and the AIA address when nobody has it", () => {
    const uri = "http://ca.example.com/lower.cer";
    const access = sequence(
      sequence(objectIdentifier("1.3.6.1.5.5.7.48.1"), general.uri("http://ocsp.example.com")),
      sequence(objectIdentifier("1.3.6.1.5.5.7.48.2"), general.uri(uri)),
    );
    const alone = leaf(HOST, lower, {
      notAfter: day(60),
      more: [{ id: "1.3.6.1.5.5.7.1.1", critical: false, value: access }],
    });
    const { findings, pooled } = judge([alone]);
    expect(pooled.ok).toBe(false);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.missing).toEqual({
      subject: "CN=Lower",
      keyIdentifier: lower.certificate.known.subjectKey,
      fingerprint: null,
      uris: [uri],
    });
    expect(findings[0]?.mend).toContain(uri);
  });

  it("says that no AIA address is named", () => {
    expect(judge([end]).findings[0]?.mend).toContain("it names no AIA address");
  });

  it("names the certificate that takes the place of an expired one", () => {
    const old = authority("Lower", { key: lower.key, by: upper, notBefore: day(-400), notAfter: day(-1) });
    const { alone, pooled, findings } = judge([end, old, upper], { pooled: [lower] });
    expect([alone.ok, pooled.ok]).toEqual([false, true]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ rule: "expired", level: "error", certificate: { position: 1 } });
    expect(findings[0]?.mend).toContain(lower.certificate.fingerprint);
  });

  it("says of a self-signed certificate that it is not trusted, and not that something is missing", () => {
    const other = authority("Other root", LONG);
    const below = leaf(HOST, other, { notAfter: day(60) });
    expect(told([below, other])).toEqual([
      ["trusted", "error", 1],
      ["surplus", "warning", 1],
    ]);
  });

  it("tells a stranger of the same name by its signature", () => {
    const impostor = authority("Lower", { by: upper, ...LONG });
    expect(told([end, impostor, upper])).toContainEqual(["signature-valid", "error", 0]);
  });
});

describe("the order", () => {
  it("may have alternatives at its end, also ones that lead nowhere any more", () => {
    const otherRoot = authority("Other root", LONG);
    const cross = authority("Upper", { key: upper.key, by: otherRoot, ...LONG });
    expect(told([end, lower, upper, cross])).toEqual([]);
    const old = authority("Upper", { key: upper.key, by: otherRoot, notBefore: day(-9), notAfter: day(-1) });
    expect(told([end, lower, upper, old])).toEqual([["expired", "warning", 3]]);
  });

  it("is wrong when a CA stands before what it certifies", () => {
    expect(told([end, upper, lower])).toEqual([["wrong-order", "warning", 1]]);
    expect(judge([end, upper, lower]).findings[0]?.mend).toBe(
      `The right order: CN=${HOST}; then CN=Lower; then CN=Upper.`,
    );
  });

  it("is an error when the leaf is not the first, since clients take the first for it", () => {
    expect(told([lower, upper, end])).toEqual([["wrong-order", "error", 2]]);
    expect(judge([lower, upper, end]).alone.ok).toBe(false);
  });

  it("has no place for a root, a double or a stranger", () => {
    const stranger = leaf("other.example.com", lower);
    expect(told([end, lower, upper, lower, stranger, root])).toEqual([
      ["surplus", "warning", 3],
      ["surplus", "warning", 4],
      ["surplus", "warning", 5],
    ]);
  });
});

describe("one certificate", () => {
  it.each<[CheckRule, "error" | "warning" | "notice", Draft]>([
    ["expired", "error", { notBefore: day(-90), notAfter: day(-1) }],
    ["not-yet-valid", "error", { notBefore: day(1) }],
    ["name-matches", "error", { with: { altName: extension.altName(sequence(general.dns("example.com"))) } }],
    ["alt-name", "error", { with: { altName: null } }],
    ["rsa-size", "error", { key: generateKeyPairSync("rsa", { modulusLength: 1024 }) }],
    [
      "signature-algorithm",
      "error",
      { algorithm: sequence(objectIdentifier("1.2.840.10045.4.1")), hash: "sha1" },
    ],
    ["expires-soon", "warning", { notBefore: day(-80), notAfter: day(10) }],
    ["lifetime", "notice", { notAfter: day(200) }],
    ["purpose-stated", "notice", { with: { extendedKeyUsage: null } }],
    ["authority-key", "notice", { with: { authorityKey: null } }],
  ])("%s", (rule, level, draft) => {
    expect(told(served(draft))).toContainEqual([rule, level, 0]);
  });

  it("lives too long when a public CA issued it, by the calendar of the day on which it begins", () => {
    const dv = { id: "2.5.29.32", critical: false, value: policies("2.23.140.1.2.1") };
    const from = (notBefore: number, days: number) =>
      told(served({ notBefore: day(notBefore), notAfter: day(notBefore + days), more: [dv] }), {
        at: NOW + (notBefore + 1) * 86_400_000,
      }).filter(([rule]) => rule === "lifetime");
    // NOW is 2026-06-01. A day more than allowed begins with the second after it.
    expect(from(0, 200)).toEqual([["lifetime", "warning", 0]]);
    expect(from(0, 199)).toEqual([]);
    const march2027 = (Date.UTC(2027, 2, 15) - NOW) / 86_400_000;
    expect(from(march2027 - 1, 199)).toEqual([]);
    expect(from(march2027, 100)).toEqual([["lifetime", "warning", 0]]);
    const march2029 = (Date.UTC(2029, 2, 15) - NOW) / 86_400_000;
    expect(from(march2029, 47)).toEqual([["lifetime", "warning", 0]]);
    expect(from(march2029, 46)).toEqual([]);
  });

  it("has its key, whichever of the two keys is given, or another one", () => {
    expect(told([end, lower, upper], { key: end.key.publicKey })).toEqual([]);
    expect(told([end, lower, upper], { key: newKey().privateKey })).toEqual([["key-matches", "error", 0]]);
  });

  it("is told from its neighbours by the key", () => {
    const other = leaf(HOST, lower, { notAfter: day(60) });
    expect(told([other, end, lower, upper], { key: end.key.privateKey })).toEqual([
      ["wrong-order", "error", 1],
      ["surplus", "warning", 0],
    ]);
  });
});

it("finds nothing missing where name constraints refuse the leaf", () => {
  const constraints = extension.nameConstraints(nameConstraints([general.dns("example.org")]));
  const strict = authority("Strict", { by: root, ...LONG, with: { nameConstraints: constraints } });
  const refused = leaf(HOST, strict, { notAfter: day(60) });
  expect(told([refused, strict], { pooled: [lower] })).toEqual([["names-permitted", "error", 0]]);
});
