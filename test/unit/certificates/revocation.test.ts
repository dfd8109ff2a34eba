/** When a revocation list counts, and what is said of one that does not (RFC 5280 sections 5 and 6.3). */
import { describe, expect, it } from "vitest";
import { buildPath, type RevocationList } from "../../../src/certificates/index.ts";
import { boolean, implicit, objectIdentifier, sequence } from "../../../src/sandbox/tls/der.ts";
import { ask } from "./fixtures/ask.ts";
import { commonName, element, extension, general, keyUsage, names, text } from "./fixtures/der.ts";
import { authority, day, leaf, newKey } from "./fixtures/issue.ts";
import { listExtension, revocationList, type ListDraft } from "./fixtures/revoke.ts";

const HOST = "example.com";
const root = authority("root");
const ca = authority("ca", { by: root });
const end = leaf(HOST, ca);

function failureWith(...lists: readonly RevocationList[]) {
  const answer = buildPath(ask({ leaf: end, pool: [ca], anchors: [root] }, { revocationLists: lists }));
  return answer.ok ? undefined : answer.failures[0];
}

const point = (uri: string) => sequence(element(0xa0, element(0xa0, general.uri(uri))));
const YES = boolean(true).subarray(2);

const USABLE: readonly (readonly [what: string, draft: ListDraft])[] = [
  ["is plain", {}],
  [
    "revokes somebody else, with a reason",
    { revoked: [leaf(HOST, ca)], entryExtensions: [listExtension.reason()] },
  ],
  ["covers users only", { more: [listExtension.scope(sequence(implicit(1, YES)))] }],
  ["ends this second", { nextUpdate: day(0) }],
];

const ECDSA_SHA1 = sequence(objectIdentifier("1.2.840.10045.4.1"));

const UNUSABLE: readonly (readonly [what: string, draft: ListDraft, why: string])[] = [
  ["is of version 1", { version: Buffer.alloc(0) }, "it is not of version 2"],
  ["is from tomorrow", { thisUpdate: day(1) }, "it is from later"],
  ["is out of date", { nextUpdate: day(-1) }, "it is out of date"],
  ["does not end", { nextUpdate: null }, "it does not say when the next one comes"],
  ["has no number", { number: null }, "it has no number"],
  ["has no authority key", { authorityKey: null }, "it has no authority key identifier"],
  [
    "has a critical number",
    { number: listExtension.number(true) },
    "its critical extension crlNumber is not processed",
  ],
  ["is a delta list", { more: [listExtension.delta()] }, "it is a delta list, which is not supported"],
  [
    "is indirect",
    { more: [listExtension.scope(sequence(implicit(4, YES)))] },
    "it is an indirect list, which is not supported",
  ],
  [
    "revokes for another issuer",
    {
      revoked: [leaf(HOST, ca)],
      entryExtensions: [listExtension.certificateIssuer(names(general.directory(commonName("x"))))],
    },
    "it is an indirect list, which is not supported",
  ],
  [
    "covers some reasons only",
    { more: [listExtension.scope(sequence(implicit(3, Buffer.from([1, 0x40]))))] },
    "it covers some reasons only, which is not supported",
  ],
  [
    "covers CAs only",
    { more: [listExtension.scope(sequence(implicit(2, YES)))] },
    "it does not cover such certificates",
  ],
  [
    "has a scope that is not critical",
    { more: [listExtension.scope(sequence(implicit(1, YES)), false)] },
    "its issuing distribution point is not critical",
  ],
  ["is signed by somebody else", { key: newKey() }, "the issuer's key does not verify it"],
  ["is signed with SHA-1", { algorithm: ECDSA_SHA1, hash: "sha1" }, "its signature algorithm is too weak"],
  ["names two algorithms", { innerAlgorithm: ECDSA_SHA1 }, "it names two signature algorithms"],
  [
    "has a time of the wrong type",
    { thisUpdate: text(0x18, "20260101000000Z") },
    "a time is written in the type for other years",
  ],
];

describe("a revocation list", () => {
  it.each(USABLE)("clears the leaf when it %s", (_what, draft) => {
    expect(failureWith(revocationList(ca, draft))).toBeUndefined();
  });

  it.each(UNUSABLE)("does not when it %s", (_what, draft, why) => {
    const message = `no revocation list of its issuer can be used: ${why}`;
    expect(failureWith(revocationList(ca, draft))).toMatchObject({ rule: "revocation-known", message });
  });

  it("clears it when another one of the issuer is broken", () => {
    expect(failureWith(revocationList(ca, { key: newKey() }), revocationList(ca))).toBeUndefined();
  });

  it("revokes although another one does not", () => {
    const lists = [revocationList(ca), revocationList(ca, { revoked: [end] })];
    expect(failureWith(...lists)).toMatchObject({ rule: "not-revoked", position: 0 });
  });

  it("revokes a CA", () => {
    const lists = [revocationList(ca), revocationList(root, { revoked: [ca] })];
    expect(failureWith(...lists)).toMatchObject({ rule: "not-revoked", position: 1, subject: "CN=ca" });
  });

  it("counts only when its signer may sign lists", () => {
    const other = authority("ca", {
      by: root,
      with: { keyUsage: extension.keyUsage(keyUsage("keyCertSign")) },
    });
    const served = leaf(HOST, other);
    const lists = [revocationList(other)];
    const answer = buildPath(
      ask({ leaf: served, pool: [other], anchors: [root] }, { revocationLists: lists }),
    );
    expect(answer.ok ? "" : answer.failures[0]?.message).toContain("does not have cRLSign");
  });

  it("counts for the distribution point that the certificate names", () => {
    const points = extension.distributionPoints(sequence(point("http://a/1")));
    const served = leaf(HOST, ca, { with: { distributionPoints: points } });
    const accepts = (uri: string) =>
      buildPath(
        ask(
          { leaf: served, pool: [ca], anchors: [root] },
          { revocationLists: [revocationList(ca, { more: [listExtension.scope(point(uri))] })] },
        ),
      ).ok;
    expect([accepts("http://a/1"), accepts("http://a/2")]).toEqual([true, false]);
  });

  it("is malformed when what it lists is there and empty", () => {
    expect(() => revocationList(ca, { entries: sequence() })).toThrow("revokedCertificates: it is empty");
  });

  it("is malformed when its number is none", () => {
    const number = { id: "2.5.29.20", critical: false, value: boolean(true) };
    expect(() => revocationList(ca, { number })).toThrow("crlExtensions.crlNumber");
  });
});
