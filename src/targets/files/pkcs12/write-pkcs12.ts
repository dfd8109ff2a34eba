/**
 * A PKCS#12 file (RFC 7292) with one key, its certificate and the chain. node:crypto writes the encrypted key (PBES2 with
 * PBKDF2-HMAC-SHA-256 and AES-256-CBC), of whatever algorithm it is; certificates stand in the clear, since they are no
 * secret, and the whole has a MAC of HMAC-SHA-256. node-forge, which also writes such files, knows no elliptic curves.
 */
import { createHash, createHmac, createPrivateKey, randomBytes } from "node:crypto";
import { bmpString, explicit, integer, none, objectId, octets, sequence, set } from "./write-der.ts";

const DATA = "1.2.840.113549.1.7.1";
const SHA256 = "2.16.840.1.101.3.4.2.1";
const BAG = { key: "1.2.840.113549.1.12.10.1.2", certificate: "1.2.840.113549.1.12.10.1.3" };
const X509 = "1.2.840.113549.1.9.22.1";
const ATTRIBUTE = { friendlyName: "1.2.840.113549.1.9.20", localKeyId: "1.2.840.113549.1.9.21" };

const MAC_ITERATIONS = 10_000;
const SALT_BYTES = 16;
/** SHA-256's block, and the MAC's purpose among the keys that are derived (appendix B.3). */
const [BLOCK_BYTES, MAC_PURPOSE] = [64, 3];

export interface Pkcs12Order {
  /** PEM. */
  readonly key: Buffer;
  /** DER, leaf first. */
  readonly certificates: readonly Uint8Array[];
  readonly name: string;
  readonly password: string;
}

/** The caller wipes it. */
export function writePkcs12({ key, certificates, name, password }: Pkcs12Order): Buffer {
  const [leaf = new Uint8Array()] = certificates;
  const keyId = createHash("sha1").update(leaf).digest();
  const own = set(
    attribute(ATTRIBUTE.friendlyName, bmpString(name)),
    attribute(ATTRIBUTE.localKeyId, octets(keyId)),
  );
  const options = { type: "pkcs8", format: "der", cipher: "aes-256-cbc", passphrase: password } as const;
  const encrypted = createPrivateKey({ key, format: "pem" }).export(options);
  const keyBag = sequence(objectId(BAG.key), explicit(0, encrypted), own);
  const certificateBags = certificates.map((der, index) => certificateBag(der, index === 0 ? [own] : []));
  const safe = sequence(content(sequence(...certificateBags)), content(sequence(keyBag)));
  return sequence(integer(3), content(safe), macOf(safe, password));
}

function certificateBag(der: Uint8Array, attributes: readonly Buffer[]): Buffer {
  const value = sequence(objectId(X509), explicit(0, octets(der)));
  return sequence(objectId(BAG.certificate), explicit(0, value), ...attributes);
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(objectId(type), set(value));
}

/** ContentInfo of type data (RFC 2315). */
function content(data: Buffer): Buffer {
  return sequence(objectId(DATA), explicit(0, octets(data)));
}

function macOf(data: Buffer, password: string): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const digest = createHmac("sha256", macKey(password, salt)).update(data).digest();
  const algorithm = sequence(objectId(SHA256), none());
  return sequence(sequence(algorithm, octets(digest)), octets(salt), integer(MAC_ITERATIONS));
}

/** Appendix B.2. The key is as long as the hash, so the first round is all of it. */
function macKey(password: string, salt: Buffer): Buffer {
  // A BMPString with its two zero octets.
  const secret = Buffer.from(`${password}\0`, "utf16le").swap16();
  const purpose = Buffer.alloc(BLOCK_BYTES, MAC_PURPOSE);
  let key = Buffer.concat([purpose, filled(salt), filled(secret)]);
  for (let round = 0; round < MAC_ITERATIONS; round += 1) key = createHash("sha256").update(key).digest();
  secret.fill(0);
  return key;
}

/** Repeated until it fills whole blocks. */
function filled(bytes: Buffer): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES, bytes);
}
