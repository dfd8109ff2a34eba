import type { AlgorithmIdentifier } from "../certificate/algorithm.ts";
import type { Certificate } from "../certificate/certificate.ts";
import type { CurveName, KeyKind } from "../certificate/public-key.ts";
import { pssHash, schemeOf, type SchemeName } from "../certificate/signature-schemes.ts";
import type { Violation } from "./finding.ts";
import type { Profile } from "./profile.ts";

const MIN_RSA_BITS = 2048;
/** What OpenSSL verifies at all; a modulus beyond it only costs time. */
const MAX_RSA_BITS = 16_384;

const STRONG = new Set<SchemeName>([
  "rsa-sha256",
  "rsa-sha384",
  "rsa-sha512",
  "rsa-pss",
  "ecdsa-sha256",
  "ecdsa-sha384",
  "ecdsa-sha512",
]);
const HASH_OF_CURVE: Readonly<Record<CurveName, string>> = {
  "P-256": "ecdsa-sha256",
  "P-384": "ecdsa-sha384",
  "P-521": "ecdsa-sha512",
};

export function* keyRules({ publicKey: { kind } }: Certificate, profile: Profile): Iterable<Violation> {
  if (kind.type === "unsupported") yield { rule: "key-algorithm", detail: `its key is ${kind.what}` };
  else if (kind.type === "rsa" || kind.type === "rsa-pss") yield* rsaRules(kind);
  const isPlain = kind.type === "rsa" || kind.type === "ec" || kind.type === "unsupported";
  if (profile.name === "web-pki" && !isPlain)
    yield { rule: "key-algorithm", detail: `its key is ${kind.type}, which the Web PKI does not know` };
}

function* rsaRules({ bits, exponent }: KeyKind & { type: "rsa" | "rsa-pss" }): Iterable<Violation> {
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
    yield { rule: "rsa-size", detail: `its RSA key has ${bits} bits` };
  if (bits % 8 !== 0) yield { rule: "rsa-size-multiple", detail: `its RSA key has ${bits} bits` };
  if (exponent < 3n || exponent % 2n === 0n || exponent >= 1n << 64n)
    yield { rule: "rsa-exponent", detail: "the exponent of its RSA key is even, 1, or huge" };
}

/** For revocation lists, which have no profile of their own. */
export function isStrongScheme(algorithm: AlgorithmIdentifier): boolean {
  const scheme = schemeOf(algorithm);
  return scheme !== undefined && (STRONG.has(scheme.name) || scheme.family === "eddsa");
}

/**
 * An anchor's own signature proves nothing and is not verified. But one made with what no root programme ever took (MD5,
 * SHA-3, DSA) says what kind of CA it is; SHA-1 is what many roots of before 2011 have.
 */
export function* anchorSignatureRules({ signatureAlgorithm }: Certificate): Iterable<Violation> {
  const name = schemeOf(signatureAlgorithm)?.name ?? signatureAlgorithm.id;
  if (!isStrongScheme(signatureAlgorithm) && name !== "rsa-sha1" && name !== "ecdsa-sha1")
    yield { rule: "signature-algorithm", detail: `it is signed with ${name}` };
}

/** What the certificate says about its signature. Whether the signature holds is `signature-valid`. */
export function* signatureRules(
  { signatureAlgorithm }: Certificate,
  profile: Profile,
  wanted: readonly SchemeName[] | undefined,
): Iterable<Violation> {
  const scheme = schemeOf(signatureAlgorithm);
  const name = scheme?.name ?? signatureAlgorithm.id;
  const isStrong = STRONG.has(name) || (scheme?.family === "eddsa" && profile.name === "rfc5280");
  if (!isStrong) yield { rule: "signature-algorithm", detail: `it is signed with ${name}` };
  const given = Buffer.from(signatureAlgorithm.parameters ?? []).toString("hex");
  const isRight =
    scheme?.parameters === "pss"
      ? pssHash(signatureAlgorithm) !== undefined
      : given === (scheme?.parameters === "null" ? "0500" : "");
  if (scheme !== undefined && !isRight)
    yield { rule: "signature-parameters", detail: `the parameters of ${name} are not those of the standard` };
  if (wanted !== undefined && wanted.length > 0 && !wanted.includes(name))
    yield { rule: "signature-algorithm-wanted", detail: `it is signed with ${name}` };
}

/** An ECDSA key signs with the hash of its size. */
export function* curveRule(certificate: Certificate, issuer: Certificate): Iterable<Violation> {
  const { kind } = issuer.publicKey;
  const name = schemeOf(certificate.signatureAlgorithm)?.name ?? "";
  if (kind.type === "ec" && HASH_OF_CURVE[kind.curve] !== name)
    yield { rule: "curve-and-hash", detail: `a key on ${kind.curve} signed it with ${name}` };
}
