import type { RecordedError } from "../../domain/errors.ts";
import type { CheckFinding } from "../diagnosis/diagnosis.ts";

export type TargetKind = "file" | "endpoint" | "docker-config";

/** A certificate as it stands in a report. */
export interface CertificateSummary {
  /** Place in the file or in what is served, from 0. */
  readonly position: number;
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serial: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Alternative names; the first 20. */
  readonly names: readonly string[];
  /** `P-256`, `RSA 2048`. */
  readonly key: string;
  readonly ca: boolean;
}

export interface VerdictSummary {
  readonly ok: boolean;
  /** Subjects, leaf first, anchor last; empty when there is no path. */
  readonly path: readonly string[];
}

/** What was found at one target. */
export interface TargetReport {
  /** A path, `host:port`, the name of a config. */
  readonly target: string;
  readonly kind: TargetKind;
  /** A chain is judged as a server would send it; authorities (a trust store, intermediates) one by one. */
  readonly holds: "chain" | "authorities" | "keys" | "nothing";
  readonly certificates: readonly CertificateSummary[];
  /** Of a chain: what a fresh client says, and one that knows the pool. */
  readonly alone: VerdictSummary | null;
  readonly pooled: VerdictSummary | null;
  readonly findings: readonly CheckFinding[];
  /** Why it could not be looked at. */
  readonly error: RecordedError | null;
}
