import { constants, verify, X509Certificate, type KeyObject } from "node:crypto";
import type { ServerFlight } from "./handshake-reader.ts";

interface Scheme {
  readonly hash: string | null;
  readonly isPss?: boolean;
}

/** SignatureScheme (RFC 8446 section 4.2.3), which in TLS 1.2 is a hash and a kind of signature (RFC 5246 section 7.4.1.4.1). */
const SCHEMES: ReadonlyMap<number, Scheme> = new Map<number, Scheme>([
  [0x0201, { hash: "sha1" }],
  [0x0203, { hash: "sha1" }],
  [0x0401, { hash: "sha256" }],
  [0x0501, { hash: "sha384" }],
  [0x0601, { hash: "sha512" }],
  [0x0403, { hash: "sha256" }],
  [0x0503, { hash: "sha384" }],
  [0x0603, { hash: "sha512" }],
  [0x0804, { hash: "sha256", isPss: true }],
  [0x0805, { hash: "sha384", isPss: true }],
  [0x0806, { hash: "sha512", isPss: true }],
  [0x0807, { hash: null }],
  [0x0808, { hash: null }],
]);

const NAMED_CURVE = 3;

/**
 * Whether the server showed that it has the key of its first certificate: it signs the randoms and its part of the key
 * exchange (RFC 8422 section 5.4). `null` when it did not sign, or with something that cannot be told.
 */
export function provesKey(
  { version, serverRandom, certificates, keyExchange }: ServerFlight,
  clientRandom: Buffer,
): boolean | null {
  const [leaf] = certificates;
  if (version !== 0x0303 || keyExchange?.[0] !== NAMED_CURVE || leaf === undefined) return null;
  const end = 4 + (keyExchange[3] ?? 0);
  if (keyExchange.length < end + 4) return null;
  const scheme = SCHEMES.get(keyExchange.readUInt16BE(end));
  const key = publicKeyOf(leaf);
  if (scheme === undefined || key === undefined) return null;
  const signed = Buffer.concat([clientRandom, serverRandom, keyExchange.subarray(0, end)]);
  return holds(scheme, signed, key, keyExchange.subarray(end + 4));
}

function publicKeyOf(der: Buffer): KeyObject | undefined {
  try {
    return new X509Certificate(der).publicKey;
  } catch {
    return undefined;
  }
}

function holds({ hash, isPss }: Scheme, signed: Buffer, key: KeyObject, signature: Buffer): boolean {
  const padding =
    isPss === true
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {};
  try {
    return verify(hash, signed, { key, ...padding }, signature);
  } catch {
    return false;
  }
}
