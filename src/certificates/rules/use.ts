import type { KeyUsageBit } from "../certificate/extensions.ts";

/** What a certificate is wanted for. Usages are object identifiers. */
export interface Use {
  /** An extended key usage must allow it, where there is one. */
  readonly purpose?: string;
  /** Usages that the leaf must state in so many words; with one, the Baseline Requirements' rules on them hold too. */
  readonly demanded: readonly string[];
  /** Key usages that the leaf must have, if it has any. */
  readonly keyUsages: readonly KeyUsageBit[];
}

export const ANY_USAGE = "2.5.29.37.0";

/** Extended key usages (RFC 5280 section 4.2.1.12). */
export const USAGE = {
  anyExtendedKeyUsage: ANY_USAGE,
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  OCSPSigning: "1.3.6.1.5.5.7.3.9",
} as const;
