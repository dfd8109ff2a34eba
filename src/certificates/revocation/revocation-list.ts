import type { AlgorithmIdentifier } from "../certificate/algorithm.ts";
import type { DistinguishedName } from "../certificate/distinguished-name.ts";
import type { Extension } from "../certificate/extensions.ts";
import type { Moment } from "../der/read-time.ts";

/** What a list covers (RFC 5280 section 5.2.5). */
export interface Scope {
  readonly usersOnly: boolean;
  readonly authoritiesOnly: boolean;
  /** Only some reasons, only attribute certificates, or other issuers' certificates: not processed. */
  readonly unsupported?: string;
  /** URIs of its distribution point; empty when it has none. */
  readonly uris: readonly string[];
}

/** A certificate revocation list (RFC 5280 section 5), well-formed. */
export interface RevocationList {
  readonly body: Uint8Array;
  readonly version: number;
  readonly innerAlgorithm: AlgorithmIdentifier;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly thisUpdate: Moment;
  readonly nextUpdate: Moment | undefined;
  /** The content of revokedCertificates: read again for every question, since as objects it would be many times larger. */
  readonly entries: Uint8Array;
  /** A critical extension of an entry that is not processed. */
  readonly unknownEntryExtension: string | undefined;
  readonly extensions: readonly Extension[];
  readonly scope: Scope | undefined;
}
