import { DerReader, type Element } from "../der/der-reader.ts";
import { readOid } from "../der/read-oid.ts";
import { constructedTag, TAG } from "../der/tags.ts";
import { malformed } from "../malformed.ts";

/** id-signedData (RFC 5652 section 5.1). */
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const MOST = 1_000;

export function isPkcs7(first: Element): boolean {
  return first.tag === TAG.oid && readOid(first.content, "file") === SIGNED_DATA;
}

/** The certificates of a `certs-only` message (RFC 5652 section 5.1). Nobody signs one, so no signature is looked at. */
export function pkcs7Certificates(bytes: Uint8Array): readonly Uint8Array[] {
  const field = "PKCS#7";
  const message = new DerReader(bytes, field).into(TAG.sequence, "ContentInfo");
  if (!isPkcs7(message.next("contentType"))) throw malformed(field, "it is not signed data");
  const signed = message.into(constructedTag(0), "content").into(TAG.sequence, "SignedData");
  signed.expect(TAG.integer, "version");
  signed.expect(TAG.set, "digestAlgorithms");
  signed.expect(TAG.sequence, "encapContentInfo");
  const held = signed.optional(constructedTag(0), "certificates");
  if (held === undefined) throw malformed(field, "it has no certificates");
  const reader = new DerReader(held.content, field);
  const certificates: Uint8Array[] = [];
  while (!reader.done && certificates.length < MOST) {
    const { tag, whole } = reader.next("certificate");
    // Attribute certificates stand there too, under tags of their own.
    if (tag === TAG.sequence) certificates.push(whole);
  }
  return certificates;
}
