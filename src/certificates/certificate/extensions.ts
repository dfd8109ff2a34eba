import type { GeneralName } from "./general-name.ts";
import type { NameConstraints } from "./name-constraints.ts";

/** One extension as it stands in the certificate. */
export interface Extension {
  /** Dotted decimal. */
  readonly id: string;
  readonly critical: boolean;
  /** The DER inside the OCTET STRING. */
  readonly value: Uint8Array;
}

export const KEY_USAGES = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

export type KeyUsageBit = (typeof KEY_USAGES)[number];

export interface AuthorityKey {
  /** Hexadecimal. */
  readonly keyIdentifier?: string;
  /** authorityCertIssuer or authorityCertSerialNumber is there. */
  readonly namesIssuer: boolean;
  readonly namesSerial: boolean;
}

/** What the understood extensions say (RFC 5280 section 4.2); a field is there when the extension is. */
export interface KnownExtensions {
  /** Hexadecimal. */
  readonly subjectKey?: string;
  readonly authorityKey?: AuthorityKey;
  readonly keyUsage?: ReadonlySet<KeyUsageBit>;
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[];
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number };
  readonly subjectAltName?: readonly GeneralName[];
  readonly nameConstraints?: NameConstraints;
  /** Object identifiers. */
  readonly policies?: readonly string[];
  readonly policyMappings?: readonly { readonly from: string; readonly to: string }[];
  readonly policyConstraints?: { readonly requireExplicit?: number; readonly inhibitMapping?: number };
  readonly inhibitAnyPolicy?: number;
  /** Where it says that its issuer's certificate can be had. */
  readonly issuerUris?: readonly string[];
  /** Where its issuer publishes revocation lists. */
  readonly revocationUris?: readonly string[];
}
