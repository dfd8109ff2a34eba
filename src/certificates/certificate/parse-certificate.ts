import { hash } from "node:crypto";
import { checkDer } from "../der/check-der.ts";
import { DerReader } from "../der/der-reader.ts";
import { readTime, type Moment } from "../der/read-time.ts";
import { constructedTag, contextTag, TAG } from "../der/tags.ts";
import { malformed } from "../malformed.ts";
import { readAlgorithm } from "./algorithm.ts";
import type { Certificate } from "./certificate.ts";
import { readName } from "./distinguished-name.ts";
import type { Extension } from "./extensions.ts";
import { readPublicKey } from "./public-key.ts";
import { decodeExtensions, readExtensions } from "./read-extensions.ts";

/** Real certificates have up to 30 KiB, with a thousand names; reading more than this buys nobody anything. */
const MAX_BYTES = 100 * 1024;

/**
 * Reads one certificate (RFC 5280 section 4.1) and holds it to DER.
 *
 * @throws RotationError `certificate-malformed`; `subject` is the field, `extensions.subjectAltName` for one.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_BYTES) throw malformed("certificate", `it has more than ${MAX_BYTES} octets`);
  // A copy: what was checked must not change, and the views of a plain array are made faster than those of a Buffer.
  const bytes = new Uint8Array(der);
  checkDer(bytes, "certificate");
  const outer = new DerReader(bytes, "certificate");
  const reader = outer.into(TAG.sequence, "value");
  const body = reader.expect(TAG.sequence, "tbsCertificate");
  const signatureAlgorithm = readAlgorithm(reader, "signatureAlgorithm");
  const signature = reader.expect(TAG.bitString, "signature").content;
  reader.finish();
  if (signature[0] !== 0) throw malformed("signature", "it is not a whole number of octets");
  return {
    der: bytes,
    fingerprint: hash("sha256", bytes, "hex"),
    body: body.whole,
    signatureAlgorithm,
    signature: signature.subarray(1),
    ...readBody(new DerReader(body.content, "tbsCertificate")),
  };
}

type Body = Omit<Certificate, "der" | "fingerprint" | "body" | "signatureAlgorithm" | "signature">;

function readBody(reader: DerReader): Body {
  const version = readVersion(reader);
  const serial = reader.expect(TAG.integer, "serialNumber").content;
  const innerAlgorithm = readAlgorithm(reader, "signature");
  const issuer = readName(reader.expect(TAG.sequence, "issuer"), "issuer");
  const { notBefore, notAfter } = readValidity(reader.into(TAG.sequence, "validity"));
  const subject = readName(reader.expect(TAG.sequence, "subject"), "subject");
  const publicKey = readPublicKey(reader.expect(TAG.sequence, "subjectPublicKeyInfo").whole, "publicKey");
  const uniqueIds = [1, 2].map((number) => reader.optional(contextTag(number), "uniqueID"));
  const extensions = readOptionalExtensions(reader, version);
  reader.finish();
  return {
    version,
    serial: Buffer.from(serial).toString("hex"),
    innerAlgorithm,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey,
    hasUniqueIdentifier: uniqueIds.some((id) => id !== undefined),
    extensions,
    known: decodeExtensions(extensions),
  };
}

/** v1 is the default and so not written; a version beyond v3 does not exist. */
function readVersion(reader: DerReader): number {
  const explicit = reader.optional(constructedTag(0), "version");
  if (explicit === undefined) return 1;
  const inner = new DerReader(explicit.content, "version");
  const { content } = inner.expect(TAG.integer, "value");
  inner.finish();
  if (content.length !== 1 || (content[0] !== 1 && content[0] !== 2))
    throw malformed("version", "there is no such version, or the default is written out");
  return content[0] + 1;
}

function readValidity(reader: DerReader): { readonly notBefore: Moment; readonly notAfter: Moment } {
  const notBefore = readTime(reader.next("notBefore"), "validity.notBefore");
  const notAfter = readTime(reader.next("notAfter"), "validity.notAfter");
  reader.finish();
  return { notBefore, notAfter };
}

function readOptionalExtensions(reader: DerReader, version: number): readonly Extension[] {
  const explicit = reader.optional(constructedTag(3), "extensions");
  if (explicit === undefined) return [];
  if (version < 3) throw malformed("extensions", "only version 3 has extensions");
  const inner = new DerReader(explicit.content, "extensions");
  const { content } = inner.expect(TAG.sequence, "value");
  inner.finish();
  return readExtensions(content, "extensions");
}
