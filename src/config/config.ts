/** The configuration as the rest of keyturn reads it. Frozen all the way down. */
import type { z } from "zod";
import type { ConsumerCache } from "../domain/consumer-cache.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { ScanPolicy } from "../domain/scan.ts";
import type { Warning } from "./problem.ts";

/** What the configuration must know of a kind; the kinds of `domain/ports.ts` fit. */
export interface LeafKind {
  readonly kind: string;
  readonly schema: z.ZodType;
  /** The kind of connection that the key `connection` must name; any when not given. */
  readonly connectionKind?: string;
}

export interface IssuerLeafKind extends LeafKind {
  readonly material: "supplied" | "issued";
  readonly authenticates: boolean;
  /** The parts of its material, where they are always the same. */
  readonly parts?: readonly string[];
  overlap(config: never): "dual" | "none";
}

export interface ConfigKinds {
  readonly issuers: readonly IssuerLeafKind[];
  readonly targets: readonly LeafKind[];
  readonly reloads: readonly LeafKind[];
  readonly probes: readonly LeafKind[];
  readonly connections: readonly LeafKind[];
}

/** A leaf with its configuration as its own schema returned it. */
export interface ConfiguredLeaf {
  readonly kind: string;
  readonly config: unknown;
}

/** Where its targets keep copies is told later: a path may need a variable that is not set where this is only checked. */
export interface ConfiguredSecret extends Omit<SecretPolicy, "stores"> {
  readonly issuer: ConfiguredLeaf;
  /** A target's `reload` list holds `ConfiguredLeaf`s too. */
  readonly targets: readonly ConfiguredLeaf[];
  readonly probes: readonly ConfiguredLeaf[];
  /** Of those targets that declare one. */
  readonly caches: readonly ConsumerCache[];
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LoadedConfig {
  /** Absolute. */
  readonly file: string;
  /** Every file that was read, absolute. */
  readonly files: readonly string[];
  /** Expanded when read: throws `config-invalid` when a variable that it needs is not set. Likewise the next three. */
  readonly stateDir: string;
  readonly sealKeyFile: string;
  readonly auditDir: string;
  /** The daemon's sockets, one for each role; who may use one is a matter of its mode and group. */
  readonly control: {
    readonly operator: string;
    readonly viewer: string;
    /** Groups whose members may use them; null for the daemon's own. */
    readonly operatorGroup: string | null;
    readonly viewerGroup: string | null;
  };
  /** Where the daemon answers `/healthz` and `/readyz`; null for nowhere. */
  readonly http: { readonly host: string; readonly port: number } | null;
  readonly logLevel: LogLevel;
  readonly connections: ReadonlyMap<string, ConfiguredLeaf>;
  readonly secrets: readonly ConfiguredSecret[];
  readonly scans: readonly ScanPolicy[];
  readonly warnings: readonly Warning[];
  /** Stamp of every file, taken before it was read; see `readFingerprint`. */
  readonly fingerprint: string;
}
