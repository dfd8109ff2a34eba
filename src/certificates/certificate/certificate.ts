import type { AlgorithmIdentifier } from "./algorithm.ts";
import type { DistinguishedName } from "./distinguished-name.ts";
import type { Moment } from "../der/read-time.ts";
import type { Extension, KnownExtensions } from "./extensions.ts";
import type { PublicKey } from "./public-key.ts";

/** An X.509 certificate (RFC 5280 section 4.1), well-formed; whether it keeps the rules is another question. */
export interface Certificate {
  readonly der: Uint8Array;
  /** SHA-256 of the DER, hexadecimal. */
  readonly fingerprint: string;
  /** What is signed. */
  readonly body: Uint8Array;
  readonly version: number;
  /** The INTEGER's content octets, hexadecimal: two's complement. */
  readonly serial: string;
  readonly innerAlgorithm: AlgorithmIdentifier;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  readonly notBefore: Moment;
  readonly notAfter: Moment;
  readonly publicKey: PublicKey;
  readonly hasUniqueIdentifier: boolean;
  readonly extensions: readonly Extension[];
  readonly known: KnownExtensions;
}

/** Issuer and subject are the same name (RFC 5280 section 3.2). */
export function isSelfIssued(certificate: Certificate): boolean {
  return certificate.issuer.key === certificate.subject.key;
}
