import {
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  CertificatePolicies,
  CRLDistributionPoints,
  ExtendedKeyUsage,
  InhibitAnyPolicy,
  KeyUsage,
  PolicyConstraints,
  PolicyMappings,
  SubjectInfoAccessSyntax,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";
import { DerReader } from "../der/der-reader.ts";
import { constructedTag, TAG } from "../der/tags.ts";
import { malformed } from "../malformed.ts";
import { decode, decodeExactly, type Schema } from "./decode.ts";
import { EXTENSION } from "./extension-ids.ts";
import { KEY_USAGES, type KnownExtensions } from "./extensions.ts";
import { readGeneralNames } from "./general-name.ts";
import { readNameConstraints } from "./name-constraints.ts";

/** id-ad-caIssuers. */
const CA_ISSUERS = "1.3.6.1.5.5.7.48.2";

type Decoder = (value: Uint8Array, field: string) => KnownExtensions;

/** How each understood extension is read. What is not here is unknown, and refused when it is critical. */
export const EXTENSION_DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  [EXTENSION.subjectKeyIdentifier, subjectKey],
  [EXTENSION.authorityKeyIdentifier, authorityKey],
  [EXTENSION.keyUsage, keyUsage],
  [EXTENSION.extendedKeyUsage, extendedKeyUsage],
  [EXTENSION.basicConstraints, basicConstraints],
  [EXTENSION.subjectAltName, (value, field) => ({ subjectAltName: namesOf(value, field) })],
  [EXTENSION.issuerAltName, (value, field) => (namesOf(value, field), {})],
  [EXTENSION.nameConstraints, (value, field) => ({ nameConstraints: readNameConstraints(value, field) })],
  [EXTENSION.certificatePolicies, policies],
  [EXTENSION.policyMappings, policyMappings],
  [EXTENSION.policyConstraints, policyConstraints],
  [EXTENSION.inhibitAnyPolicy, inhibitAnyPolicy],
  [EXTENSION.authorityInfoAccess, authorityAccess],
  [EXTENSION.subjectInfoAccess, list(SubjectInfoAccessSyntax)],
  [EXTENSION.crlDistributionPoints, distributionPoints],
  [EXTENSION.freshestCrl, list(CRLDistributionPoints)],
]);

function subjectKey(value: Uint8Array, field: string): KnownExtensions {
  const identifier = decodeExactly(value, SubjectKeyIdentifier, field);
  return { subjectKey: hex(identifier.buffer) };
}

function authorityKey(value: Uint8Array, field: string): KnownExtensions {
  refuseUnknownFields(value, field, [0x80, constructedTag(1), 0x82]);
  const key = decode(value, AuthorityKeyIdentifier, field);
  return {
    authorityKey: {
      ...(key.keyIdentifier !== undefined && { keyIdentifier: hex(key.keyIdentifier.buffer) }),
      namesIssuer: key.authorityCertIssuer !== undefined,
      namesSerial: key.authorityCertSerialNumber !== undefined,
    },
  };
}

/** An optional field of another tag would be skipped in silence. */
function refuseUnknownFields(value: Uint8Array, field: string, tags: readonly number[]): void {
  const reader = new DerReader(value, field).into(TAG.sequence, "value");
  for (const tag of tags) reader.optional(tag, "field");
  reader.finish();
}

function keyUsage(value: Uint8Array, field: string): KnownExtensions {
  const bits = decodeExactly(value, KeyUsage, field);
  const octets = new Uint8Array(bits.value);
  const isSet = (_usage: string, at: number) => ((octets[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0;
  return { keyUsage: new Set(KEY_USAGES.filter(isSet)) };
}

function extendedKeyUsage(value: Uint8Array, field: string): KnownExtensions {
  const usages = [...decodeExactly(value, ExtendedKeyUsage, field)];
  if (usages.length === 0) throw malformed(field, "it lists no usages (RFC 5280 section 4.2.1.12)");
  return { extendedKeyUsage: usages };
}

function basicConstraints(value: Uint8Array, field: string): KnownExtensions {
  const { cA, pathLenConstraint } = decodeExactly(value, BasicConstraints, field);
  if (pathLenConstraint !== undefined && pathLenConstraint < 0)
    throw malformed(field, "its path length is negative");
  return {
    basicConstraints: { ca: cA, ...(pathLenConstraint !== undefined && { pathLength: pathLenConstraint }) },
  };
}

function namesOf(value: Uint8Array, field: string) {
  const reader = new DerReader(value, field);
  const names = readGeneralNames(reader.expect(TAG.sequence, "names").content, field);
  reader.finish();
  return names;
}

function policies(value: Uint8Array, field: string): KnownExtensions {
  const ids = [...decode(value, CertificatePolicies, field)].map((policy) => policy.policyIdentifier);
  if (ids.length === 0) throw malformed(field, "it lists no policies");
  if (new Set(ids).size < ids.length)
    throw malformed(field, "it lists a policy twice (RFC 5280 section 4.2.1.4)");
  return { policies: ids };
}

function policyMappings(value: Uint8Array, field: string): KnownExtensions {
  const mappings = [...decodeExactly(value, PolicyMappings, field)];
  if (mappings.length === 0) throw malformed(field, "it lists no mappings");
  return {
    policyMappings: mappings.map((mapping) => ({
      from: mapping.issuerDomainPolicy,
      to: mapping.subjectDomainPolicy,
    })),
  };
}

function policyConstraints(value: Uint8Array, field: string): KnownExtensions {
  const { requireExplicitPolicy, inhibitPolicyMapping } = decodeExactly(value, PolicyConstraints, field);
  if (requireExplicitPolicy === undefined && inhibitPolicyMapping === undefined)
    throw malformed(field, "it constrains nothing (RFC 5280 section 4.2.1.11)");
  return {
    policyConstraints: {
      ...(requireExplicitPolicy && { requireExplicit: skipCount(requireExplicitPolicy, field) }),
      ...(inhibitPolicyMapping && { inhibitMapping: skipCount(inhibitPolicyMapping, field) }),
    },
  };
}

function inhibitAnyPolicy(value: Uint8Array, field: string): KnownExtensions {
  return { inhibitAnyPolicy: skipCount(decodeExactly(value, InhibitAnyPolicy, field).value, field) };
}

/** SkipCerts: more certificates than any path has is the same as for ever. */
function skipCount(integer: ArrayBuffer, field: string): number {
  const octets = new Uint8Array(integer);
  if ((octets[0] ?? 0) >= 0x80) throw malformed(field, "a number of certificates is negative");
  return octets.length > 4 ? 0xffffffff : octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function distributionPoints(value: Uint8Array, field: string): KnownExtensions {
  const points = [...decode(value, CRLDistributionPoints, field)];
  if (points.length === 0) throw malformed(field, "its list is empty");
  const names = points.flatMap((point) => point.distributionPoint?.fullName ?? []);
  return { revocationUris: names.flatMap((name) => name.uniformResourceIdentifier ?? []) };
}

/** Where the issuer's own certificate can be had (RFC 5280 section 4.2.2.1). Told to people; nothing is fetched from it. */
function authorityAccess(value: Uint8Array, field: string): KnownExtensions {
  const descriptions = [...decode(value, AuthorityInfoAccessSyntax, field)];
  if (descriptions.length === 0) throw malformed(field, "its list is empty");
  const ofIssuers = descriptions.filter(({ accessMethod }) => accessMethod === CA_ISSUERS);
  return {
    issuerUris: ofIssuers.flatMap(({ accessLocation }) => accessLocation.uniformResourceIdentifier ?? []),
  };
}

/** A list that is only held to its structure and to not being empty: nothing is fetched from it. */
function list<T extends Iterable<unknown>>(schema: Schema<T>): Decoder {
  return (value, field) => {
    if ([...decode(value, schema, field)].length === 0) throw malformed(field, "its list is empty");
    return {};
  };
}

function hex(octets: ArrayBuffer): string {
  return Buffer.from(octets).toString("hex");
}
