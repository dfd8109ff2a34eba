/** Every signature algorithm that is taken, with real keys; and their parameters, to the octet. */
import { constants, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  parseCertificate,
  buildPath,
  RFC5280,
  WEB_PKI,
  type Profile,
} from "../../../src/certificates/index.ts";
import { bitString, objectIdentifier, sequence } from "../../../src/sandbox/tls/der.ts";
import { ask } from "./fixtures/ask.ts";
import { authority, leaf, newKey, type Issued, type KeyPair } from "./fixtures/issue.ts";

const PKCS1 = "1.2.840.113549.1.1";
const NULL = Buffer.from([0x05, 0x00]);
const rsaKey = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** RFC 4055 section 3.1, with the salt's length. */
function pss(hash: "sha256" | "sha384" | "sha512", salt: number): Buffer {
  const last = { sha256: 1, sha384: 2, sha512: 3 }[hash];
  const hashId = sequence(objectIdentifier(`2.16.840.1.101.3.4.2.${last}`), NULL);
  const mask = sequence(objectIdentifier(`${PKCS1}.8`), hashId);
  const field = (tag: number, content: Buffer) =>
    Buffer.concat([Buffer.from([tag, content.length]), content]);
  const parameters = [field(0xa0, hashId), field(0xa1, mask), field(0xa2, Buffer.from([2, 1, salt]))];
  return sequence(objectIdentifier(`${PKCS1}.10`), sequence(...parameters));
}

interface Scheme {
  readonly key: KeyPair;
  readonly algorithm: Buffer;
  readonly sign: (body: Buffer) => Buffer;
}

function rsaScheme(hash: string, id: number): Scheme {
  const algorithm = sequence(objectIdentifier(`${PKCS1}.${id}`), NULL);
  return { key: rsaKey, algorithm, sign: (body) => sign(hash, body, rsaKey.privateKey) };
}

function pssScheme(hash: "sha256" | "sha384" | "sha512", salt: number): Scheme {
  const options = { key: rsaKey.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt };
  return { key: rsaKey, algorithm: pss(hash, salt), sign: (body) => sign(hash, body, options) };
}

function ecdsaScheme(curve: string, hash: string, id: number): Scheme {
  const key = newKey(curve);
  const algorithm = sequence(objectIdentifier(`1.2.840.10045.4.3.${id}`));
  return { key, algorithm, sign: (body) => sign(hash, body, key.privateKey) };
}

function edScheme(type: "ed25519" | "ed448", id: number): Scheme {
  const key = type === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ed448");
  return {
    key,
    algorithm: sequence(objectIdentifier(`1.3.101.${id}`)),
    sign: (body) => sign(null, body, key.privateKey),
  };
}

/** What a leaf that is signed so breaks, if anything. */
function refusal(scheme: Scheme, profile: Profile): string | undefined {
  const root = authority("root", { key: scheme.key, ...selfSigned() });
  const draft = leaf("example.com", { ...root, key: newKey() }, { algorithm: scheme.algorithm });
  const signed = resigned(draft, scheme);
  const answer = buildPath(ask({ leaf: signed, anchors: [root] }, { profile }));
  return answer.ok ? undefined : answer.failures[0]?.rule;
}

/** An anchor's own signature is not looked at: anybody may make it. */
function selfSigned() {
  return { by: { ...authority("root"), key: newKey() }, with: { authorityKey: null } };
}

/** The certificate with the same body and this scheme's signature. */
function resigned(issued: Issued, { algorithm, sign: signWith }: Scheme): Issued {
  const body = Buffer.from(issued.certificate.body);
  return { ...issued, certificate: parseCertificate(sequence(body, algorithm, bitString(signWith(body)))) };
}

it.each([
  ["SHA-1", "sha1", "1.2.840.10045.4.1", undefined],
  ["SHA-224", "sha224", "1.2.840.10045.4.3.1", "signature-algorithm"],
  ["SHA3-256", "sha3-256", "2.16.840.1.101.3.4.3.10", "signature-algorithm"],
])("a root that signed itself with %s", (_what, hash, id, rule) => {
  const root = authority("root", { hash, algorithm: sequence(objectIdentifier(id)) });
  const answer = buildPath(ask({ leaf: leaf("example.com", root), anchors: [root] }));
  expect(answer.ok ? undefined : answer.failures[0]?.rule).toBe(rule);
});

describe("a signature", () => {
  it.each([
    ["RSA with SHA-256", () => rsaScheme("sha256", 11)],
    ["RSA with SHA-384", () => rsaScheme("sha384", 12)],
    ["RSA with SHA-512", () => rsaScheme("sha512", 13)],
    ["PSS with SHA-256", () => pssScheme("sha256", 32)],
    ["PSS with SHA-384", () => pssScheme("sha384", 48)],
    ["PSS with SHA-512", () => pssScheme("sha512", 64)],
    ["ECDSA on P-256", () => ecdsaScheme("P-256", "sha256", 2)],
    ["ECDSA on P-384", () => ecdsaScheme("P-384", "sha384", 3)],
    ["ECDSA on P-521", () => ecdsaScheme("P-521", "sha512", 4)],
  ])("%s is taken in both profiles", (_what, make) => {
    const scheme = make();
    expect([refusal(scheme, RFC5280), refusal(scheme, WEB_PKI)]).toEqual([undefined, undefined]);
  });

  it.each([
    ["Ed25519", () => edScheme("ed25519", 112)],
    ["Ed448", () => edScheme("ed448", 113)],
  ])("%s is not known to the Web PKI", (_what, make) => {
    const scheme = make();
    expect([refusal(scheme, RFC5280), refusal(scheme, WEB_PKI)]).toEqual([undefined, "signature-algorithm"]);
  });

  it.each([
    ["RSA with SHA-1", () => rsaScheme("sha1", 5), "signature-algorithm"],
    ["RSA with SHA-224", () => rsaScheme("sha224", 14), "signature-algorithm"],
    [
      "RSA without parameters",
      () => ({ ...rsaScheme("sha256", 11), algorithm: sequence(objectIdentifier(`${PKCS1}.11`)) }),
      "signature-parameters",
    ],
    ["PSS with another salt", () => pssScheme("sha256", 20), "signature-parameters"],
    [
      "PSS that says another hash",
      () => ({ ...pssScheme("sha256", 32), algorithm: pss("sha384", 48) }),
      "signature-valid",
    ],
    [
      "RSA that says ECDSA",
      () => ({ ...rsaScheme("sha256", 11), algorithm: ecdsaScheme("P-256", "sha256", 2).algorithm }),
      "signature-valid",
    ],
    [
      "an algorithm nobody knows",
      () => ({ ...rsaScheme("sha256", 11), algorithm: sequence(objectIdentifier("1.2.3.4")) }),
      "signature-algorithm",
    ],
  ])("%s is refused", (_what, make, rule) => {
    expect(refusal(make(), RFC5280)).toBe(rule);
  });
});
