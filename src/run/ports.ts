/** What a run needs to know of the configuration, and the outside world behind it. */
import type { Opening, Policy, SecretPolicy } from "../domain/policy.ts";
import type { ByHand, Issuer, IssuerKind, Journal, Sink, Target } from "../domain/ports.ts";
import type { ScanLook, ScanName } from "../domain/scan.ts";
import type { Clock, Instant } from "../domain/time.ts";
import type { RunId, SecretName } from "../domain/version.ts";

/** The leaves of one secret, connected when first asked for. */
export interface Wiring {
  /** Throws `secret-unconfigured` when the configuration has no such secret. */
  policy(secret: SecretName): SecretPolicy;
  readonly secrets: readonly SecretName[];
  has(secret: SecretName): boolean;
  /** When the policy's window is open next, at or after `from`; `from` itself without a window. */
  windowOpensAt(policy: Policy, from: Instant): Instant;
  /** The opening of the policy's window that `at` falls into; null while it is closed, and without a window. */
  openingAt(policy: Policy, at: Instant): Opening | null;
  /** Names of the connections that its issuer, targets, reloads and probes need. */
  connections(secret: SecretName): readonly string[];
  material(secret: SecretName): IssuerKind["material"];
  /** What a person who makes and revokes the credentials is told; null when keyturn does, or of an unknown secret. */
  byHand(secret: SecretName): ByHand | null;
  /** Whether others make its versions; false of an unknown secret. */
  offers(secret: SecretName): boolean;
  /** Ids of credentials of others that the configuration names for this secret. */
  adopts(secret: SecretName): readonly string[];
  issuer(secret: SecretName): Promise<Issuer>;
  targets(secret: SecretName): Promise<readonly Target[]>;
}

/** The scans that are configured. */
export interface Scans {
  readonly names: readonly ScanName[];
  /** Looks at all that a scan names; what cannot be looked at is a finding. Throws `unknown-scan`, or when it is aborted. */
  look(scan: ScanName, s: AbortSignal): Promise<ScanLook>;
}

/** What planning looks at: enough to read everything, and no journal to write to. */
export interface Outlook {
  readonly journal: Pick<Journal, "tables">;
  readonly wiring: Wiring;
  readonly clock: Clock;
  /** Aborted when the process is asked to stop: the current attempt ends, and the next worker goes on. */
  readonly signal: AbortSignal;
}

/** Everything that a worker works with. */
export interface Workshop extends Outlook {
  readonly journal: Journal;
  readonly sinks: readonly Sink[];
  /** Aborted when calls under way must be left, too: some time after `signal`, or with it. */
  readonly cut: AbortSignal;
  readonly scans: Scans;
  newRunId(): RunId;
  /** Throws `disk-full` when there is no room for the journal and the audit log of a run. */
  checkRoom(): Promise<void>;
}
