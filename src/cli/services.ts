/** What the commands ask of the rest of keyturn. `compose.ts` implements it; loading it loads no SDK and no zod. */
import type { TargetReport } from "../certificates/index.ts";
import type { LoadedConfig, LockdownScope, LogLevel } from "../config/config.ts";
import type { Check } from "../domain/check.ts";
import type { StartTls } from "../domain/endpoint.ts";
import type { Discovery } from "../domain/discovery.ts";
import type { Environment } from "../domain/expand-path.ts";
import type { RecordedError, RotationError } from "../domain/errors.ts";
import type { Entry } from "../domain/journal-record.ts";
import type { LockdownPhase, Outcome } from "../domain/lockdown.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { TableReader } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import type { Forecast } from "../run/forecast.ts";
import type { PlanRequest } from "../run/planner.ts";
import type { WorkRequest, WorkResult } from "../run/work.ts";

export interface Services {
  readonly version: string;
  /** Opened when it is asked for: most commands never read it. */
  stdin(): NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Environment;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
  now(): Instant;
  setExitCode(code: number): void;
  /** Throws `ConfigError` with every problem. */
  loadConfig(file: string): Promise<LoadedConfig>;
  /** The same of keyturn.yaml alone, without any secret. */
  loadWithoutSchedules(file: string): Promise<LoadedConfig>;
  /** The JSON Schema of both documents. */
  configSchema(): Promise<object>;
  /** Has the daemon do it where one runs; else takes the lease, recovers, then does what is asked. */
  work(config: LoadedConfig, request: WorkRequest, options: WorkOptions): Promise<WorkResult>;
  /** What `work` would do with this rotation. Takes no lease and writes nothing, here or on any far side. */
  plan(config: LoadedConfig, request: PlanRequest): Promise<Forecast>;
  /** Looks at everything that a rotation of these secrets needs; null for all. Changes nothing anywhere. */
  doctor(config: LoadedConfig, secrets: readonly SecretName[] | null): Promise<readonly Check[]>;
  /** What could be taken over, at one connection or at all. Reads only. */
  discover(config: LoadedConfig, connection: string | null): Promise<Discovery>;
  /** Looks at certificates in files, on servers and in swarm configs. Reads only; needs no configuration. */
  checkCertificates(check: CertificateCheck): Promise<CheckedCertificates>;
  /** What the configured scans look at, and the certificates that keyturn rotates. Reads only. */
  listCertificates(config: LoadedConfig, targets: readonly string[]): Promise<CertificateInventory>;
  /** Opens the journal to be read, beside whoever writes it. One that is not there yet reads as empty. */
  openReader(file: string): Promise<StateReader>;
  /** Copies the journal to a new file, also while a worker writes it. */
  backUp(file: string, to: string): Promise<BackedUp>;
  /** Changes the seal key. */
  rekey(config: LoadedConfig, options: RekeyOptions): Promise<Rekeyed>;
  /** Locks scopes down. Never rejects: what could not be done is told. */
  lockdown(config: LoadedConfig, request: LockdownRequest): Promise<readonly LockdownAnswer[]>;
  /** Ends a lockdown. */
  lift(config: LoadedConfig, request: LiftRequest): Promise<LiftAnswer>;
  /** Tries a lockdown on something that nobody needs, and looks at everything else that it would need. */
  drill(config: LoadedConfig, scope: LockdownScope): Promise<DrillAnswer>;
  /** Whether a folder of evidence is what was collected. Reads nothing else. */
  verifyEvidence(dir: string): Promise<VerifiedEvidence>;
  /** Runs until the process is asked to stop. Gives why it could not begin, with every problem of the configuration. */
  daemon(file: string): Promise<RefusedStart | null>;
  /** The daemon's other half: does what it is told over standard input. */
  serveWorker(): Promise<void>;
  /** A new seal key as it stands in its file. */
  generateSealKey(): Promise<string>;
}

export interface LockdownRequest {
  readonly scopes: readonly LockdownScope[];
  readonly reason: string;
  readonly actor: string | null;
  /** Told as soon as a scope is held still, or could not be. */
  readonly contained: (scope: string, outcomes: readonly Outcome[]) => void;
  /** Sees every entry once it is durable, in order. */
  readonly observe: (entry: Entry) => void;
}

export interface LockdownAnswer {
  readonly scope: string;
  /** Not there when nothing could be journaled. */
  readonly lockdown?: RunId;
  readonly outcome: "complete" | "incomplete" | "uncontained";
  readonly shortfalls: readonly Shortfall[];
}

/** What should have been done and was not. */
export interface Shortfall {
  readonly phase: LockdownPhase;
  readonly subject: string;
  readonly error: RecordedError;
}

export interface DrillAnswer {
  readonly scope: string;
  readonly ok: boolean;
  readonly phases: readonly {
    readonly phase: string;
    readonly ms: number;
    readonly error: RecordedError | null;
  }[];
  readonly warnings: readonly string[];
  /** What of the secrets' issuers and targets is not in order. */
  readonly checks: readonly Check[];
}

export interface VerifiedEvidence {
  readonly scope: string | null;
  readonly lockdown: RunId | null;
  readonly items: number;
  /** What could not be collected at the time. */
  readonly missing: readonly string[];
  /** SHA-256 of the public key, hex. */
  readonly key: string | null;
  /** SHA-256 of the manifest, hex. */
  readonly manifest: string | null;
  /** Empty when nothing was changed since. */
  readonly faults: readonly string[];
}

export interface LiftRequest {
  readonly scope: LockdownScope;
  readonly reason: string;
  readonly actor: string | null;
  readonly wait: boolean;
}

export interface LiftAnswer {
  readonly lockdown: RunId | null;
  readonly outcome: "lifted" | "incomplete" | "not-locked";
  readonly shortfalls: readonly Shortfall[];
}

export interface CertificateCheck {
  /** Paths, `host:port` and URLs, `docker-config:NAME`. */
  readonly targets: readonly string[];
  /** Files with private keys, to be held against the certificates. */
  readonly keys: readonly string[];
  /** What each leaf must be for; empty: the server's own name, and nothing of files. */
  readonly names: readonly string[];
  /** SNI, when it is not the first of `names` or the host. */
  readonly servername: string | null;
  /** `null`: as the port or the URL says. */
  readonly startTls: StartTls | "none" | null;
  /** `system`, `bundled`, or PEM files. */
  readonly trust: readonly string[];
  /** PEM files with intermediates that are at hand. */
  readonly pool: readonly string[];
  readonly at: Instant;
  /** Which share of its lifetime a leaf may have left before that is told; `null` for the usual. */
  readonly soon: number | null;
  readonly passwordFile: string | null;
  /** For each server. */
  readonly timeoutMs: number;
  /** Asked for when a swarm config is to be read. */
  config(): Promise<LoadedConfig>;
}

export interface CheckedCertificates {
  readonly reports: readonly TargetReport[];
  /** How many trusted certificates there were. */
  readonly anchors: number;
}

export interface CertificateInventory {
  readonly reports: readonly TargetReport[];
  /** Absolute paths that secrets are written to, with the names of the secrets. */
  readonly managed: ReadonlyMap<string, readonly SecretName[]>;
}

export interface RekeyOptions {
  /** Where the new key is; `null` to make one. */
  readonly newKeyFile: string | null;
  /** Who asks for it, as far as that is known. */
  readonly actor: string | null;
  readonly wait: boolean;
}

export interface Rekeyed {
  /** The ids of the two keys: they tell keys apart and say nothing about them. */
  readonly from: string;
  readonly to: string;
  /** How many data keys were wrapped anew, one a version. */
  readonly dataKeys: number;
  /** Why the old key opens the journal still, and what to do; `null` when it does not. */
  readonly unfinished: RotationError | null;
  /** Why the audit log does not have all of it yet. */
  readonly untold: RotationError | null;
}

export interface BackedUp {
  /** How many entries the copy holds. */
  readonly entries: number;
  /** The version of the journal's tables. */
  readonly schema: number;
}

export interface RefusedStart {
  readonly error: RotationError;
  readonly problems: readonly { readonly message: string; readonly hint: string | null }[];
}

export interface WorkOptions {
  /** Wait for the lease instead of being refused at once. */
  readonly wait: boolean;
  /** Also log every entry of this level and above; null for no log. */
  readonly log: LogLevel | null;
  /** Sees every entry once it is durable, in order. */
  readonly observe: (entry: Entry) => void;
}

export interface StateReader {
  readonly tables: TableReader;
  /** Of every configured secret: from the journal's projection while that is fresh, else from the configuration. */
  readonly policies: readonly SecretPolicy[];
  /** Newest first; those of one secret when it is named. */
  history(secret?: SecretName, limit?: number): readonly RunState[];
  run(id: RunId): RunState | undefined;
  close(): void;
}
