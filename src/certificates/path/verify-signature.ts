import { constants, verify, type KeyObject } from "node:crypto";
import type { AlgorithmIdentifier } from "../certificate/algorithm.ts";
import type { KeyKind, PublicKey } from "../certificate/public-key.ts";
import { pssHash, schemeOf, type SignatureScheme } from "../certificate/signature-schemes.ts";

/** Something signed: a certificate, a revocation list. */
export interface Signed {
  readonly body: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
}

/** Whether the key verifies the signature. Never throws: what OpenSSL does not take is not verified. */
export function verifySignature(
  signed: Signed,
  publicKey: PublicKey,
  keys: { keyObject(key: PublicKey): KeyObject | undefined },
): boolean {
  const scheme = schemeOf(signed.signatureAlgorithm);
  if (scheme === undefined || !fits(scheme, publicKey.kind)) return false;
  const key = keys.keyObject(publicKey);
  return key !== undefined && verifyWith(scheme, signed, key);
}

function fits(scheme: SignatureScheme, kind: KeyKind): boolean {
  switch (kind.type) {
    case "rsa":
      return scheme.family === "rsa";
    case "rsa-pss":
      return scheme.name === "rsa-pss";
    case "ec":
      return scheme.family === "ecdsa";
    case "ed25519":
    case "ed448":
      return scheme.name === kind.type;
    case "unsupported":
      return false;
  }
}

function verifyWith(scheme: SignatureScheme, signed: Signed, key: KeyObject): boolean {
  const hash = scheme.parameters === "pss" ? pssHash(signed.signatureAlgorithm) : scheme.hash;
  if (hash === undefined) return false;
  const padding =
    scheme.parameters === "pss"
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {};
  try {
    return verify(hash === "" ? null : hash, signed.body, { key, ...padding }, signed.signature);
  } catch {
    return false;
  }
}

const CURVE_COST = { "P-256": 150, "P-384": 600, "P-521": 1_000 } as const;

/** What a verification may take, in microseconds of a slow machine, the reading of the key and the hashing included. */
export function verifyCost(publicKey: PublicKey, signed: Signed): number {
  const { kind } = publicKey;
  const hashing = signed.body.length / 200;
  if (kind.type === "ec") return CURVE_COST[kind.curve] + hashing;
  if (kind.type === "rsa" || kind.type === "rsa-pss") return 100 + (kind.bits / 1024) ** 2 * 25 + hashing;
  return 400 + hashing;
}
