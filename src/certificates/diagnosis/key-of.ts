import { createPublicKey, hash, type KeyObject } from "node:crypto";
import type { Certificate } from "../certificate/certificate.ts";
import { keyObject } from "../certificate/public-key.ts";

/** Whether a key, private or public, is that of the certificate, in whatever way either writes it. */
export function isKeyOf(key: KeyObject, { publicKey }: Certificate): boolean {
  const half = key.type === "private" ? createPublicKey(key) : key;
  if (hash("sha256", half.export({ type: "spki", format: "der" }), "hex") === publicKey.id) return true;
  const ofCertificate = keyObject(publicKey);
  // Between keys of two types `equals` leaves an error behind in OpenSSL's queue, which the next call then throws.
  const isSameType = ofCertificate?.asymmetricKeyType === half.asymmetricKeyType;
  return isSameType && ofCertificate?.equals(half) === true;
}
