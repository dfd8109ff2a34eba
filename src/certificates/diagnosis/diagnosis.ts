import type { KeyObject } from "node:crypto";
import type { Instant } from "../../domain/time.ts";
import type { Certificate } from "../certificate/certificate.ts";
import type { PeerName } from "../names/peer-name.ts";
import type { SignatureMemory } from "../path/signature-memory.ts";
import type { Authorities } from "./authorities.ts";
import type { CheckRule } from "./check-rules.ts";

/** What a server sends, or a file holds, and what it is to be judged by. */
export interface Presented {
  /** In the order in which it is sent; never empty. */
  readonly served: readonly Certificate[];
  /** `false` for what keeps no order (PKCS#7, PKCS#12). Default: `true`. */
  readonly isOrdered?: boolean;
  /** The private key beside it, or its public half; left out when there is none at hand. */
  readonly key?: KeyObject;
  /** Names that the leaf must all have. */
  readonly names?: readonly PeerName[];
  readonly trust: Authorities;
  /** Certificates at hand that are not served: what somebody who helps a client could know. */
  readonly pool?: Authorities;
  readonly at: Instant;
  /** Told as `expires-soon`: which share of its lifetime the leaf has left, 0 for never. Default: a fifth. */
  readonly soon?: number;
  /** For whoever judges many chains of the same CAs. */
  readonly memory?: SignatureMemory;
}

/**
 * - `error`: clients refuse it, now.
 * - `warning`: it works, or works for most, and is to be mended.
 * - `notice`: worth knowing; no client in common use minds.
 */
export type Level = "error" | "warning" | "notice";

/** Which certificate is meant. */
export interface CertificateReference {
  /** Place in what is served, from 0; `null` when it is not served. */
  readonly position: number | null;
  readonly subject: string;
  /** Hexadecimal, as the certificate has it. */
  readonly serial: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
}

/** A certificate that is not served and should be. */
export interface Missing {
  readonly subject: string;
  /** Its subject key identifier, as the certificate below it names it; hexadecimal. */
  readonly keyIdentifier: string | null;
  /** Of one that the pool has. */
  readonly fingerprint: string | null;
  /** Where the certificate below it says that it can be had (AIA); nothing is fetched. */
  readonly uris: readonly string[];
}

/** What is wrong, with what, by which rule, and what mends it. */
export interface CheckFinding {
  readonly rule: CheckRule;
  /** Where the rule is written. */
  readonly section: string;
  readonly level: Level;
  readonly certificate: CertificateReference | null;
  readonly message: string;
  readonly mend: string;
  /** With `missing-intermediate`. `certificate` is then the one below it. */
  readonly missing?: Missing;
}

/** What a client would say. */
export interface Verdict {
  readonly ok: boolean;
  /** Leaf first, anchor last; also when the leaf itself is refused (expired, another name). Empty when there is none. */
  readonly path: readonly Certificate[];
}

export interface Diagnosis {
  readonly leaf: Certificate;
  /** A fresh client, which knows its trusted certificates and what is served, and nothing else. */
  readonly alone: Verdict;
  /** A client that knows the pool as well: a browser that met the intermediate elsewhere. */
  readonly pooled: Verdict;
  /** What matters most first. */
  readonly findings: readonly CheckFinding[];
}
