import type { Instant } from "../../domain/time.ts";
import type { Certificate } from "../certificate/certificate.ts";
import type { KeyUsageBit } from "../certificate/extensions.ts";
import type { SchemeName } from "../certificate/signature-schemes.ts";
import type { PeerName } from "../names/peer-name.ts";
import type { RevocationList } from "../revocation/revocation-list.ts";
import type { Finding } from "../rules/finding.ts";
import type { Profile } from "../rules/profile.ts";
import type { SignatureMemory } from "./signature-memory.ts";
import type { Limits } from "./work.ts";

/** Is there a path from this leaf to one of these anchors that keeps the rules? */
export interface PathQuestion {
  readonly leaf: Certificate;
  /** Certificates at hand that nobody vouches for, in any order; also useless ones. */
  readonly pool: readonly Certificate[];
  /** Trusted certificates. They are held to the rules as well, but for their own signatures. */
  readonly anchors: readonly Certificate[];
  /**
   * Somebody else vetted the anchors (a system's trust store): of each only what bears on what it may issue counts, not how
   * well its certificate is made. Every trust store has old roots that are not.
   */
  readonly anchorsAsTheyAre?: boolean;
  readonly at: Instant;
  readonly profile: Profile;
  /** Names that the leaf must all have. */
  readonly names?: readonly PeerName[];
  /** An extended key usage (object identifier) that every certificate must allow which has any. */
  readonly purpose?: string;
  /** Extended key usages that the leaf must state. */
  readonly demandedUsages?: readonly string[];
  readonly keyUsages?: readonly KeyUsageBit[];
  /** The only signature algorithms that are taken; none given means all that the profile takes. */
  readonly signatureAlgorithms?: readonly SchemeName[];
  /** How many CAs may stand between leaf and anchor; self-issued ones do not count. */
  readonly maxDepth?: number;
  /** With a list of any issuer given, revocation is checked. */
  readonly revocationLists?: readonly RevocationList[];
  readonly limits?: Partial<Limits>;
  /** For whoever asks many questions about the same CAs. */
  readonly memory?: SignatureMemory;
}

export type PathAnswer =
  | { readonly ok: true; /** Leaf first, anchor last. */ readonly path: readonly Certificate[] }
  | {
      readonly ok: false;
      /** Never empty. What the leaf itself breaks first, then what ended the search nearest to an anchor. */
      readonly failures: readonly Finding[];
      /** The path that there would be, were it not for what the leaf breaks by itself. */
      readonly path?: readonly Certificate[];
    };
