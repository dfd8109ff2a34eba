/** Writes X.509 v3 certificates (RFC 5280), which node:crypto can read but not make. For stand-ins only. */
import { createHash, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

const OID = {
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  /** RFC 5758 */
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  /** RFC 4055 */
  rsaWithSha256: "1.2.840.113549.1.1.11",
};

export interface CertificateOrder {
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** Who signs; the subject itself when it is the same name and key. */
  readonly issuer: { readonly name: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly isAuthority: boolean;
  /** DNS names and IPv4 addresses. */
  readonly names?: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The certificate as PEM. */
export function writeCertificate(order: CertificateOrder): string {
  const algorithm = signatureAlgorithm(order.issuer.privateKey);
  const body = sequence(
    explicit(0, integer(2n)),
    // Positive and under 20 octets, as RFC 5280 section 4.1.2.2 asks.
    integer(BigInt(`0x01${randomBytes(15).toString("hex")}`)),
    algorithm,
    distinguishedName(order.issuer.name),
    sequence(time(order.notBefore), time(order.notAfter)),
    distinguishedName(order.subject),
    order.publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...extensions(order))),
  );
  const certificate = sequence(body, algorithm, bitString(sign("sha256", body, order.issuer.privateKey)));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function signatureAlgorithm(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === "ec") return sequence(objectIdentifier(OID.ecdsaWithSha256));
  return sequence(objectIdentifier(OID.rsaWithSha256), Buffer.from([0x05, 0x00]));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier(OID.commonName), utf8String(commonName))));
}

function extensions(order: CertificateOrder): Buffer[] {
  const list = [
    extension(OID.basicConstraints, true, sequence(...(order.isAuthority ? [boolean(true)] : []))),
    // keyCertSign and cRLSign for an authority, digitalSignature for a leaf (RFC 5280 section 4.2.1.3).
    extension(
      OID.keyUsage,
      true,
      order.isAuthority ? bitString(Buffer.from([0x06]), 1) : bitString(Buffer.from([0x80]), 7),
    ),
    extension(OID.subjectKeyIdentifier, false, octetString(keyIdentifier(order.publicKey))),
    extension(
      OID.authorityKeyIdentifier,
      false,
      sequence(implicit(0, keyIdentifier(order.issuer.publicKey))),
    ),
  ];
  if (order.names !== undefined) {
    list.push(
      extension(OID.extendedKeyUsage, false, sequence(objectIdentifier(OID.serverAuth))),
      extension(OID.subjectAltName, false, sequence(...order.names.map(generalName))),
    );
  }
  return list;
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octetString(value));
}

function generalName(name: string): Buffer {
  if (isIP(name) === 4) return implicit(7, Buffer.from(name.split(".").map(Number)));
  return implicit(2, Buffer.from(name, "ascii"));
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();
}
