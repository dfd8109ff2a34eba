/** What the journal folds into: one row per secret, run and marker under sweep. Plain JSON, rebuilt equal from the records. */
import type { AdoptionState } from "./adoption.ts";
import type { RecordedError } from "./errors.ts";
import type { AttemptId, RecordedBaseline, StepOutput } from "./journal-record.ts";
import type { LockdownPhase } from "./lockdown.ts";
import type { Evidence, Json, Listed } from "./ports.ts";
import type { Goal, RunConsumer, RunSecret, SecretOutcome, StepKey, StepName, Trigger } from "./run.ts";
import type { Instant } from "./time.ts";
import type { CredentialRef, Marker, RunId, SecretName, Stage, VersionNumber } from "./version.ts";

export interface VersionState {
  readonly version: VersionNumber;
  readonly stage: Stage;
  /** The run that made it; empty for version 0, which no run made. */
  readonly run: RunId;
  readonly marker: Marker;
  readonly credential: CredentialRef;
  /** All that version 0 stands for, the first being `credential`; others stand for one, and do not have this. */
  readonly credentials?: readonly Listed[];
  readonly createdAt: Instant;
  readonly notAfter: Instant | null;
  readonly promotedAt: Instant | null;
  /** When version 0 came into our hands; others do not have this. */
  readonly adoptedAt?: Instant;
  readonly evidence: Evidence | null;
  /** Where its copies were delivered, and used if they are current. */
  readonly stores: readonly string[];
  /** The sealed material is gone. */
  readonly erased: boolean;
}

export interface SecretState {
  readonly secret: SecretName;
  /** The highest version number ever given out. */
  readonly highest: VersionNumber;
  /** Versions that are live, sealed or perhaps still kept in a store, by number. */
  readonly versions: Readonly<Record<string, VersionState>>;
  readonly current: VersionNumber | null;
  readonly previous: VersionNumber | null;
  /** When the previous version is to be revoked. */
  readonly retireAt: Instant | null;
  /** The run whose retire step that is. */
  readonly retireRun: RunId | null;
  /** After a postponement: when the next try makes sense, and why it was put off. */
  readonly retireNotBefore: Instant | null;
  readonly retireError: RecordedError | null;
  readonly openRun: RunId | null;
  readonly lastRun: {
    readonly run: RunId;
    readonly outcome: SecretOutcome;
    readonly endedAt: Instant;
  } | null;
  /** Failed runs since the last good one. */
  readonly failures: number;
  readonly holdOffUntil: Instant | null;
  readonly needsOperator: { readonly run: RunId; readonly errors: readonly RecordedError[] } | null;
  /** Something changed since the stores were last pruned, or copies had to stay. */
  readonly pruneAfter: Instant | null;
  /** Credentials at the issuer that this journal does not know, as of the last look. */
  readonly foreign: number;
  /** The same, one by one; not there in rows of before they were kept. */
  readonly foreignCredentials?: readonly Listed[];
  /** Not there before the first adoption. */
  readonly adoption?: AdoptionState;
  /** Content found before us is sealed as version 0. */
  readonly foreignContent: boolean;
  /** The run whose baseline leads back to version 0; null once a second version was promoted. */
  readonly firstRun: RunId | null;
  /** Rolled back: not due before a person asks for a rotation. */
  readonly held: boolean;
  /** The last version that a person said is revoked. */
  readonly revokedByHand?: VersionNumber;
  /** Occasions of which a person was reminded, oldest first. */
  readonly reminded?: readonly string[];
  /** The version of which it was told that its replacement is overdue, or waits for a person: the alarm is raised once. */
  readonly alarmedVersion?: VersionNumber | null;
}

/** One direction of a step: its attempts so far. */
export interface AttemptsState {
  readonly count: number;
  readonly result: "open" | "done" | "failed" | "unknown";
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly error: RecordedError | null;
  readonly notBeforeAt: Instant | null;
  /** The latest deadline among attempts whose outcome is unknown: one may still land until then. */
  readonly lateUntil: Instant | null;
  readonly deadlineAt: Instant;
  /** Attempts that count against the retry budget: a credential that has not settled does not. */
  readonly charged: number;
}

export interface StepRow {
  readonly key: StepKey;
  readonly step: StepName;
  readonly subject: string;
  readonly do: AttemptsState | null;
  readonly undo: AttemptsState | null;
  readonly output: StepOutput | null;
}

export type RunPhase = "forward" | "parked" | "reverting" | "pivoted" | "ended";

export interface RunSecretState extends RunSecret {
  /** `active` takes part; `dropped` is to be undone; `stuck` waits for an operator; `kept` was kept by one. */
  readonly state: "active" | "dropped" | "stuck" | "kept";
  readonly error: RecordedError | null;
  /** The marker of the attempt that made the version; null until there is one. */
  readonly marker: Marker | null;
}

export interface RunState {
  readonly run: RunId;
  readonly goal: Goal;
  readonly trigger: Trigger;
  readonly reason: string | null;
  readonly phase: RunPhase;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly waitForWindow: boolean;
  readonly revokeNow: boolean;
  /** The lockdown that it is part of. */
  readonly lockdown?: RunId;
  readonly parkedUntil: Instant | null;
  readonly pivotedAt: Instant | null;
  readonly secrets: readonly RunSecretState[];
  readonly consumers: readonly RunConsumer[];
  readonly baselines: readonly RecordedBaseline[] | null;
  readonly steps: Readonly<Record<string, StepRow>>;
  readonly error: RecordedError | null;
  readonly outcomes: readonly {
    readonly secret: SecretName;
    readonly outcome: SecretOutcome;
    readonly error: RecordedError | null;
  }[];
  /** Attempts without an outcome. */
  readonly open: readonly AttemptId[];
  /** Keys whose compensation is still owed. A run can be over and still owe. */
  readonly owed: readonly StepKey[];
}

export interface SweepState {
  readonly marker: Marker;
  readonly secret: SecretName;
  readonly run: RunId;
  readonly version: VersionNumber;
  /** When the attempt ended, or the lease was taken by who closed it. */
  readonly since: Instant;
  readonly emptyReads: number;
  readonly lastReadAt: Instant | null;
  /** `listed`: on the sweep list. `watched`: off it, with a daily look until `watchUntil`. `blocked`: a consumer uses it. */
  readonly state: "listed" | "watched" | "blocked";
  readonly watchUntil: Instant | null;
}

/** Where one thing that a lockdown does stands: its latest attempt. */
export interface LockdownStepState {
  readonly phase: LockdownPhase;
  readonly subject: string;
  readonly attempts: number;
  readonly result: "open" | "done" | "failed" | "unknown";
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly error: RecordedError | null;
  readonly facts: Json;
}

export interface LockdownState {
  readonly lockdown: RunId;
  readonly scope: string;
  readonly phase: "locked" | "lifting" | "lifted";
  readonly since: Instant;
  readonly reason: string;
  readonly actor: string | null;
  readonly secrets: readonly SecretName[];
  /** By phase and subject. */
  readonly steps: Readonly<Record<string, LockdownStepState>>;
  /** How the last `lockdown start` ended; null while one is under way, or was killed. */
  readonly outcome: "complete" | "incomplete" | "uncontained" | null;
  readonly runs: readonly RunId[];
  readonly liftReason: string | null;
  readonly liftActor: string | null;
  readonly liftedAt: Instant | null;
}

export interface Tables {
  readonly secret: SecretState;
  readonly run: RunState;
  readonly sweep: SweepState;
  readonly lockdown: LockdownState;
}
