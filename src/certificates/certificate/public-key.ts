import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { checkDer } from "../der/check-der.ts";
import { DerReader } from "../der/der-reader.ts";
import { readOid } from "../der/read-oid.ts";
import { TAG } from "../der/tags.ts";
import { malformed } from "../malformed.ts";
import { readAlgorithm } from "./algorithm.ts";

/** What kind of key a certificate carries (RFC 3279, 4055, 5480, 8410). */
export type KeyKind =
  | { readonly type: "rsa" | "rsa-pss"; readonly bits: number; readonly exponent: bigint }
  | { readonly type: "ec"; readonly curve: CurveName }
  | { readonly type: "ed25519" | "ed448" }
  /** `what` says it for people: `DSA`, `an elliptic curve with explicit parameters`, an object identifier. */
  | { readonly type: "unsupported"; readonly what: string };

export type CurveName = "P-256" | "P-384" | "P-521";

export interface PublicKey {
  readonly kind: KeyKind;
  /** SubjectPublicKeyInfo, DER. */
  readonly info: Uint8Array;
  /** SHA-256 of it: equal for the same key. */
  readonly id: string;
}

const CURVES: ReadonlyMap<string, CurveName> = new Map([
  ["1.2.840.10045.3.1.7", "P-256"],
  ["1.3.132.0.34", "P-384"],
  ["1.3.132.0.35", "P-521"],
]);

const OTHER_KEYS: ReadonlyMap<string, KeyKind> = new Map<string, KeyKind>([
  ["1.3.101.112", { type: "ed25519" }],
  ["1.3.101.113", { type: "ed448" }],
  ["1.2.840.10040.4.1", { type: "unsupported", what: "DSA" }],
]);

const RSA = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
const EC = "1.2.840.10045.2.1";

export function readPublicKey(info: Uint8Array, field: string): PublicKey {
  const reader = new DerReader(info, field).into(TAG.sequence, "value");
  const algorithm = readAlgorithm(reader, "algorithm");
  const bits = reader.expect(TAG.bitString, "subjectPublicKey").content;
  reader.finish();
  if (bits[0] !== 0) throw malformed(field, "the key is not a whole number of octets");
  return { kind: kindOf(algorithm, bits.subarray(1), field), info, id: hash("sha256", info, "hex") };
}

function kindOf(
  { id, parameters }: { readonly id: string; readonly parameters: Uint8Array | undefined },
  key: Uint8Array,
  field: string,
): KeyKind {
  if (id === RSA || id === RSA_PSS) return rsaKind(id === RSA ? "rsa" : "rsa-pss", key, field);
  if (id === EC) return curveKind(parameters, field);
  return OTHER_KEYS.get(id) ?? { type: "unsupported", what: `algorithm ${id}` };
}

function rsaKind(type: "rsa" | "rsa-pss", key: Uint8Array, field: string): KeyKind {
  checkDer(key, field);
  const reader = new DerReader(key, field).into(TAG.sequence, "RSAPublicKey");
  const modulus = reader.expect(TAG.integer, "modulus").content;
  const exponent = reader.expect(TAG.integer, "publicExponent").content;
  reader.finish();
  if ((modulus[0] as number) >= 0x80 || (exponent[0] as number) >= 0x80)
    throw malformed(field, "a number of the RSA key is negative");
  const leading = modulus[0] === 0 ? 1 : 0;
  const top = modulus[leading] ?? 0;
  const bits = (modulus.length - leading) * 8 - (top === 0 ? 8 : Math.clz32(top) - 24);
  return { type, bits, exponent: exponent.length > 32 ? 1n << 256n : toBigInt(exponent) };
}

function curveKind(parameters: Uint8Array | undefined, field: string): KeyKind {
  if (parameters?.[0] !== TAG.oid)
    return { type: "unsupported", what: "an elliptic curve with explicit parameters" };
  const id = readOid(new DerReader(parameters, field).next("curve").content, field);
  const curve = CURVES.get(id);
  return curve ? { type: "ec", curve } : { type: "unsupported", what: `elliptic curve ${id}` };
}

function toBigInt(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString("hex")}`);
}

/** For `node:crypto`; `undefined` when OpenSSL does not take the key (a point that is not on its curve, …). */
export function keyObject(key: PublicKey): KeyObject | undefined {
  if (key.kind.type === "unsupported") return undefined;
  try {
    return createPublicKey({ key: Buffer.from(key.info), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}
