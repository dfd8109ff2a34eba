import { TAG } from "../der/tags.ts";
import { DerReader } from "../der/der-reader.ts";
import { malformed } from "../malformed.ts";
import type { Container } from "./container.ts";
import { pkcs7Certificates, isPkcs7 } from "./pkcs7.ts";
import { readPemContainer } from "./read-pem-container.ts";
import { derKey } from "./private-key.ts";

/** A trust store of 150 roots has 250 KiB; nothing that is served has a tenth of that. */
export const LARGEST_CONTAINER = 4 * 1024 * 1024;

/**
 * Reads what a file holds, whatever it is called: PEM, or a certificate, a key, PKCS#7 or PKCS#12 in DER.
 *
 * @param password Opens PKCS#12 and encrypted keys. None at all is not the same as an empty one.
 * @throws RotationError `certificate-malformed`, when it is none of these or too large; single certificates and keys that
 *   cannot be read are `trouble`.
 */
export async function readContainer(bytes: Uint8Array, password?: string): Promise<Container> {
  if (bytes.length > LARGEST_CONTAINER)
    throw malformed("file", `it has more than ${LARGEST_CONTAINER} octets, and no certificate file has`);
  if (bytes.length === 0) throw malformed("file", "it is empty");
  if (bytes[0] !== TAG.sequence) return readPemContainer(Buffer.from(bytes).toString("latin1"), password);
  const first = firstInside(bytes);
  if (first.tag === TAG.integer && first.content.length === 1 && first.content[0] === PKCS12_VERSION) {
    const { readPkcs12 } = await import("./pkcs12.ts");
    return readPkcs12(bytes, password);
  }
  if (first.tag === TAG.integer) return keyAlone(bytes);
  if (isPkcs7(first)) return of("pkcs7", pkcs7Certificates(bytes));
  return of("der", [bytes]);
}

/** PFX (RFC 7292 section 4); keys begin with the versions 0 and 1. */
const PKCS12_VERSION = 3;

function firstInside(bytes: Uint8Array) {
  return new DerReader(new DerReader(bytes, "file").next("value").content, "file").next("value");
}

function of(format: Container["format"], certificates: readonly Uint8Array[]): Container {
  return { format, certificates, keys: [], trouble: [] };
}

function keyAlone(bytes: Uint8Array): Container {
  const key = derKey(bytes);
  if (key === undefined) throw malformed("file", "it is neither a certificate nor a key that can be read");
  return { format: "der", certificates: [], keys: [key], trouble: [] };
}
