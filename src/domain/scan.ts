/** A scan: certificates that are looked at again and again, and what is found of them, which comes and goes. */
import type { StartTls } from "./endpoint.ts";
import type { CronTimes } from "./policy.ts";
import type { Instant } from "./time.ts";

export type ScanName = string;

export interface ScannedEndpoint {
  /** `host:port` or a URL. */
  readonly address: string;
  /** Sent as SNI; `null` for the first of `names`, or the host. */
  readonly servername: string | null;
  /** What the leaf must be for; empty for the server's own name. */
  readonly names: readonly string[];
  /** `null`: as the port or the URL says. */
  readonly startTls: StartTls | "none" | null;
}

/** A scan as it is configured. Plain JSON; paths are as written. */
export interface ScanPolicy {
  readonly scan: ScanName;
  readonly cron: CronTimes;
  readonly timezone: string;
  /** `system`, `bundled`, or PEM files. */
  readonly trust: readonly string[];
  /** PEM files with intermediates that are at hand. */
  readonly pool: readonly string[];
  /** Files and folders. */
  readonly files: readonly string[];
  readonly endpoints: readonly ScannedEndpoint[];
  /** Swarm configs, by the connection that leads to them. */
  readonly configs: readonly { readonly connection: string; readonly name: string }[];
  /** Which share of its lifetime a leaf may have left before that is found. */
  readonly soon: number;
  /** For each server. */
  readonly timeoutMs: number;
}

/** Something found at a target. */
export interface ScanFinding {
  /** Where, of which certificate, by which rule: equal for the same finding, however its words change from day to day. */
  readonly id: string;
  readonly target: string;
  /** A rule of certificates, or the code of the error that kept the target from being looked at. */
  readonly rule: string;
  readonly level: "error" | "warning";
  readonly message: string;
}

/** A finding, and since which scan it is there. */
export interface OpenFinding extends ScanFinding {
  readonly since: Instant;
}

/** What one look at everything brought. */
export interface ScanLook {
  readonly targets: number;
  readonly findings: readonly ScanFinding[];
}
