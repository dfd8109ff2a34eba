/** The configuration as the rest of keyturn reads it. Frozen all the way down. */
import type { z } from "zod";
import type { ConsumerCache } from "../domain/consumer-cache.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { SecretName } from "../domain/version.ts";
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
  /** Of a lockdown: what holds still, what keeps from signing in, what makes refuse. */
  readonly containments: readonly LeafKind[];
  readonly disablings: readonly LeafKind[];
  readonly denials: readonly LeafKind[];
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

/** What `lockdown start` of one scope does, in this order. */
export interface LockdownScope {
  readonly name: string;
  readonly contain: readonly ConfiguredLeaf[];
  readonly disable: readonly ConfiguredLeaf[];
  readonly preserve: PreserveSettings | null;
  /** `*` is every secret that is configured. */
  readonly secrets: readonly SecretName[];
  /** The old credential is revoked before a new one is made. */
  readonly revokeFirst: boolean;
  readonly deny: readonly ConfiguredLeaf[];
  readonly resume: "denied" | "contained";
  /** Names of channels. */
  readonly notify: readonly string[];
}

export type NotifyChannel =
  | {
      readonly kind: "smtp";
      readonly host: string;
      readonly port?: number | undefined;
      readonly from: string;
      readonly to: readonly string[];
      readonly userFile?: string | undefined;
      readonly passwordFile?: string | undefined;
      readonly caFile?: string | undefined;
    }
  | {
      readonly kind: "webhook";
      readonly url?: string | undefined;
      readonly urlFile?: string | undefined;
      readonly tokenFile?: string | undefined;
      readonly hmacKeyFile?: string | undefined;
      readonly caFile?: string | undefined;
    };

export interface PreserveSettings {
  /** As written: expanded when it is needed. */
  readonly dir: string;
  readonly image: boolean;
  readonly logs: boolean;
  readonly processes: boolean;
  readonly network: boolean;
  readonly changedFiles: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly required: boolean;
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
  readonly lockdown: ReadonlyMap<string, LockdownScope>;
  /** Whom a lockdown tells, by name; paths as written. */
  readonly notify: ReadonlyMap<string, NotifyChannel>;
  readonly scans: readonly ScanPolicy[];
  readonly warnings: readonly Warning[];
  /** Stamp of every file, taken before it was read; see `readFingerprint`. */
  readonly fingerprint: string;
}
