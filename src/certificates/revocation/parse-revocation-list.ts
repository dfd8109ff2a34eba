import { CRLNumber, IssuingDistributionPoint } from "@peculiar/asn1-x509";
import { readAlgorithm } from "../certificate/algorithm.ts";
import { decode, decodeExactly } from "../certificate/decode.ts";
import { readName } from "../certificate/distinguished-name.ts";
import { EXTENSION } from "../certificate/extension-ids.ts";
import type { Extension } from "../certificate/extensions.ts";
import { nameOf, readExtensions } from "../certificate/read-extensions.ts";
import { checkDer } from "../der/check-der.ts";
import { DerReader } from "../der/der-reader.ts";
import { readTime } from "../der/read-time.ts";
import { constructedTag, TAG } from "../der/tags.ts";
import { malformed } from "../malformed.ts";
import type { RevocationList, Scope } from "./revocation-list.ts";

/** What is read within the time that an answer may take. Larger issuers split their lists (RFC 5280 section 5.2.5). */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a CertificateList (RFC 5280 section 5.1) and holds it to DER.
 *
 * @throws RotationError `certificate-malformed`; `subject` is the field.
 */
export function parseRevocationList(der: Uint8Array): RevocationList {
  if (der.length > MAX_BYTES) throw malformed("CRL", `it has more than ${MAX_BYTES} octets`);
  // A copy: what was checked must not change, and the views of a plain array are made faster than those of a Buffer.
  const bytes = new Uint8Array(der);
  checkDer(bytes, "CRL");
  const outer = new DerReader(bytes, "CRL");
  const reader = outer.into(TAG.sequence, "value");
  const body = reader.expect(TAG.sequence, "tbsCertList");
  const signatureAlgorithm = readAlgorithm(reader, "signatureAlgorithm");
  const signature = reader.expect(TAG.bitString, "signature").content;
  reader.finish();
  if (signature[0] !== 0) throw malformed("signature", "it is not a whole number of octets");
  return {
    body: body.whole,
    signatureAlgorithm,
    signature: signature.subarray(1),
    ...readBody(new DerReader(body.content, "tbsCertList")),
  };
}

type Body = Omit<RevocationList, "body" | "signatureAlgorithm" | "signature">;

function readBody(reader: DerReader): Body {
  const version = reader.optional(TAG.integer, "version")?.content[0] ?? 0;
  const innerAlgorithm = readAlgorithm(reader, "signature");
  const issuer = readName(reader.expect(TAG.sequence, "issuer"), "issuer");
  const thisUpdate = readTime(reader.next("thisUpdate"), "thisUpdate");
  const next =
    reader.optional(TAG.utcTime, "nextUpdate") ?? reader.optional(TAG.generalizedTime, "nextUpdate");
  const listed = reader.optional(TAG.sequence, "revokedCertificates");
  if (listed?.content.length === 0)
    throw malformed("revokedCertificates", "it is empty, and should be absent (RFC 5280 section 5.1.2.6)");
  const entries = listed?.content ?? new Uint8Array();
  const extensions = readListExtensions(reader);
  reader.finish();
  return {
    version: version + 1,
    innerAlgorithm,
    issuer,
    thisUpdate,
    nextUpdate: next && readTime(next, "nextUpdate"),
    entries,
    unknownEntryExtension: checkEntries(entries),
    extensions,
    scope: scopeOf(extensions),
  };
}

function readListExtensions(reader: DerReader): readonly Extension[] {
  const explicit = reader.optional(constructedTag(0), "crlExtensions");
  if (explicit === undefined) return [];
  const inner = new DerReader(explicit.content, "crlExtensions");
  const { content } = inner.expect(TAG.sequence, "value");
  inner.finish();
  const extensions = readExtensions(content, "crlExtensions");
  for (const { id, value } of extensions) {
    checkDer(value, `crlExtensions.${nameOf(id)}`);
    if (id === EXTENSION.crlNumber) decodeExactly(value, CRLNumber, "crlExtensions.crlNumber");
  }
  return extensions;
}

/** Holds every entry to its structure; returns the critical extension that keeps the list from being used, if any. */
function checkEntries(entries: Uint8Array): string | undefined {
  const reader = new DerReader(entries, "revokedCertificates");
  let unknown: string | undefined;
  while (!reader.done) {
    const entry = reader.into(TAG.sequence, "entry");
    entry.expect(TAG.integer, "userCertificate");
    const date = entry.next("revocationDate").tag;
    if (date !== TAG.utcTime && date !== TAG.generalizedTime)
      throw malformed("revocationDate", "it is not a time");
    const extensions = entry.optional(TAG.sequence, "crlEntryExtensions");
    entry.finish();
    unknown ??= extensions && criticalAmong(readExtensions(extensions.content, "crlEntryExtensions"));
  }
  return unknown;
}

function criticalAmong(extensions: readonly Extension[]): string | undefined {
  const processed: ReadonlySet<string> = new Set([EXTENSION.reasonCode, EXTENSION.invalidityDate]);
  const critical = extensions.find(({ id, critical: isCritical }) => isCritical && !processed.has(id));
  return critical && nameOf(critical.id);
}

function scopeOf(extensions: readonly Extension[]): Scope | undefined {
  const extension = extensions.find(({ id }) => id === EXTENSION.issuingDistributionPoint);
  if (extension === undefined) return undefined;
  const point = decode(extension.value, IssuingDistributionPoint, "crlExtensions.issuingDistributionPoint");
  const names = point.distributionPoint?.fullName ?? [];
  const unsupported = unsupportedScope(point);
  return {
    usersOnly: point.onlyContainsUserCerts,
    authoritiesOnly: point.onlyContainsCACerts,
    ...(unsupported !== undefined && { unsupported }),
    uris: names.flatMap((name) => name.uniformResourceIdentifier ?? []),
  };
}

function unsupportedScope(point: IssuingDistributionPoint): string | undefined {
  if (point.indirectCRL) return "it is an indirect list";
  if (point.onlyContainsAttributeCerts) return "it covers attribute certificates only";
  if (point.onlySomeReasons !== undefined) return "it covers some reasons only";
  return undefined;
}
