/**
 * Everything the journal can hold. Records are facts in plain JSON, never secret material: sealed material stands in
 * rows of its own, and the record carries only their digests.
 */
import type { AdoptionProof, RefusedAdoption } from "./adoption.ts";
import type { RecordedError } from "./errors.ts";
import type { ConsumerId, Evidence, Held, Json, Listed, Sightings } from "./ports.ts";
import type { LockdownPhase } from "./lockdown.ts";
import type {
  Direction,
  Goal,
  RunConsumer,
  RunSecret,
  SecretOutcome,
  StepKey,
  StepName,
  Trigger,
} from "./run.ts";
import type { OpenFinding, ScanName } from "./scan.ts";
import type { Instant } from "./time.ts";
import type { CredentialRef, Marker, RunId, SecretName, VersionNumber } from "./version.ts";

/** One attempt at one step's effect, or at its compensation. */
export interface AttemptId {
  readonly run: RunId;
  readonly key: StepKey;
  readonly step: StepName;
  readonly subject: string;
  readonly direction: Direction;
  /** From 1, counted per key and direction. */
  readonly attempt: number;
}

export interface RecordedBaselineItem {
  readonly secret: SecretName;
  readonly held: Held;
  readonly restore: Json;
  /** The sealed row that holds content found before us, when there was some. */
  readonly sealedRow: string | null;
  /** Not there where no probe can tell, nor in records of before they were kept. */
  readonly sightings?: Sightings;
}

export interface RecordedBaseline {
  readonly consumer: ConsumerId;
  readonly items: readonly RecordedBaselineItem[];
}

/** One try at one thing that a lockdown does, or undoes. */
export interface LockdownStepId {
  readonly lockdown: RunId;
  readonly phase: LockdownPhase;
  /** What it is done to: `docker:swarm/service sam`. */
  readonly subject: string;
  /** From 1, counted per phase and subject. */
  readonly attempt: number;
}

/** What an attempt gave, where later steps or a person need it. */
export type StepOutput =
  | {
      readonly step: "create";
      readonly credential: CredentialRef;
      readonly createdAt: Instant;
      readonly notAfter: Instant | null;
    }
  | { readonly step: "confirm"; readonly evidence: Evidence }
  | { readonly step: "prune"; readonly removed: number; readonly left: number };

export type RecordBody =
  | {
      readonly type: "run-started";
      readonly run: RunId;
      readonly goal: Goal;
      readonly trigger: Trigger;
      readonly reason: string | null;
      readonly actor: string | null;
      readonly secrets: readonly RunSecret[];
      readonly consumers: readonly RunConsumer[];
      /** Activate may not begin before the window opens. */
      readonly waitForWindow: boolean;
      /** Why an existing window is ignored; null when it is not. */
      readonly windowIgnored: string | null;
      readonly revokeNow: boolean;
      /** The lockdown that it is part of: after its first activation it only goes forward. */
      readonly lockdown?: RunId;
    }
  | ({ readonly type: "intent"; readonly marker: Marker | null; readonly deadlineAt: Instant } & AttemptId)
  | ({
      readonly type: "outcome";
      readonly result: "done" | "failed" | "unknown";
      readonly error: RecordedError | null;
      /** When the other side asked to wait, until when. */
      readonly notBeforeAt: Instant | null;
      readonly output: StepOutput | null;
    } & AttemptId)
  | {
      readonly type: "secret-dropped";
      readonly run: RunId;
      readonly secret: SecretName;
      readonly error: RecordedError;
    }
  | {
      readonly type: "run-parked";
      readonly run: RunId;
      readonly until: Instant;
      readonly error: RecordedError | null;
    }
  | { readonly type: "run-resumed"; readonly run: RunId }
  | { readonly type: "baseline-taken"; readonly run: RunId; readonly baselines: readonly RecordedBaseline[] }
  | { readonly type: "run-reverting"; readonly run: RunId; readonly error: RecordedError }
  | {
      readonly type: "pivoted";
      readonly run: RunId;
      readonly versions: readonly {
        readonly secret: SecretName;
        readonly version: VersionNumber;
        readonly evidence: Evidence | null;
        /** When the previous version is to be revoked; null when there is none that keyturn may revoke. */
        readonly retireAt: Instant | null;
      }[];
    }
  | {
      readonly type: "run-ended";
      readonly run: RunId;
      readonly outcomes: readonly {
        readonly secret: SecretName;
        readonly outcome: Exclude<SecretOutcome, "parked">;
        readonly error: RecordedError | null;
        /** After a failure: the earliest scheduled next try. */
        readonly holdOffUntil: Instant | null;
      }[];
    }
  | {
      readonly type: "needs-operator";
      readonly run: RunId;
      readonly secrets: readonly SecretName[];
      readonly errors: readonly RecordedError[];
    }
  | {
      readonly type: "resolved";
      readonly run: RunId;
      readonly secret: SecretName;
      /** The version that stays: the run's new one, or what was current before it (0: what was there before us). */
      readonly keep: VersionNumber;
      readonly reason: string;
      readonly actor: string | null;
      /** The kept version when the journal had lost it: a consumer uses it, and the issuer knows it by its marker. */
      readonly found: { readonly marker: Marker; readonly credential: CredentialRef } | null;
    }
  | {
      readonly type: "retire-postponed";
      readonly run: RunId;
      readonly secret: SecretName;
      readonly until: Instant;
      readonly error: RecordedError;
    }
  | {
      /** A person says that the previous version is revoked where keyturn cannot: it is retired for that. */
      readonly type: "revoked-by-hand";
      readonly run: RunId;
      readonly secret: SecretName;
      readonly version: VersionNumber;
      readonly reason: string | null;
      readonly actor: string | null;
    }
  | {
      /** One look for a marker at the issuer. */
      readonly type: "swept";
      readonly secret: SecretName;
      readonly marker: Marker;
      readonly found: number;
      /** False when the look was too early to count as a proof of absence. */
      readonly counts: boolean;
    }
  | {
      readonly type: "sweep-ended";
      readonly secret: SecretName;
      readonly marker: Marker;
      readonly why: "absent" | "watched" | "operator";
    }
  | {
      /** Version 0 stands for these credentials of others from now on. Nothing outside changes, so there is no intent. */
      readonly type: "adopted";
      readonly secret: SecretName;
      readonly credentials: readonly Listed[];
      readonly refused: readonly RefusedAdoption[];
      readonly verified: AdoptionProof;
      /** When they are to be revoked, where they come beside a version of ours; else null. */
      readonly retireAt: Instant | null;
    }
  | {
      /** Which credentials that this journal does not know the issuer lists; written when that changes. */
      readonly type: "foreign-seen";
      readonly secret: SecretName;
      readonly foreign: number;
      /** Not there in records of before they were kept. */
      readonly credentials?: readonly Listed[];
    }
  /** The seal key is being changed: both keys, told apart by their ids, open the journal until `rekey-ended`. */
  | {
      readonly type: "rekey-started";
      readonly from: string;
      readonly to: string;
      /** How many data keys were wrapped anew. */
      readonly dataKeys: number;
      readonly actor: string | null;
    }
  /** The key before opens nothing any more. */
  | { readonly type: "rekey-ended"; readonly from: string; readonly to: string }
  | { readonly type: "erased"; readonly secret: SecretName; readonly version: VersionNumber }
  /** Also of a scope that is locked already: `lockdown` then is what it was, and what failed is tried again. */
  | {
      readonly type: "lockdown-started";
      readonly lockdown: RunId;
      readonly scope: string;
      readonly reason: string;
      readonly actor: string | null;
      /** Rotated by the lockdown, and by nothing else until it is lifted. */
      readonly secrets: readonly SecretName[];
    }
  | ({ readonly type: "lockdown-intent" } & LockdownStepId)
  /** Containing does not wait for the journal: its outcomes have no intent, and `startedAt` is older than the record. */
  | ({
      readonly type: "lockdown-outcome";
      readonly result: "done" | "failed" | "unknown";
      readonly startedAt: Instant;
      readonly endedAt: Instant;
      readonly error: RecordedError | null;
      /** Facts for the report and for lifting; never a secret. */
      readonly facts: Json;
    } & LockdownStepId)
  /** One call of `lockdown start` is over. */
  | {
      readonly type: "lockdown-settled";
      readonly lockdown: RunId;
      readonly outcome: "complete" | "incomplete" | "uncontained";
    }
  | {
      readonly type: "lockdown-lifting";
      readonly lockdown: RunId;
      readonly reason: string;
      readonly actor: string | null;
    }
  /** Everything that the lockdown changed is as it was before; rotated secrets stay rotated. */
  | { readonly type: "lockdown-lifted"; readonly lockdown: RunId }
  | {
      /** Certificates were looked at. What is open now, and how that differs from the scan before. */
      readonly type: "certificates-scanned";
      readonly scan: ScanName;
      /** How many files, servers and configs were looked at. */
      readonly targets: number;
      readonly open: readonly OpenFinding[];
      readonly appeared: readonly OpenFinding[];
      readonly cleared: readonly OpenFinding[];
      /** Findings that there was no room for. */
      readonly untold: number;
    }
  | {
      readonly type: "alert";
      readonly secret: SecretName | null;
      readonly run: RunId | null;
      readonly error: RecordedError;
      /** Names the occasion of a reminder, so that each is told once. */
      readonly reminder?: string;
    };

/** A record as it is appended: `at` is the wall clock of the process that wrote it. */
export type JournalRecord = RecordBody & { readonly at: Instant };

/** Which sealed rows a record brought, with the digest of each sealed blob. */
export interface RecordedSeal {
  readonly secret: SecretName;
  readonly version: VersionNumber;
  readonly row: string;
  /** SHA-256 of the sealed blob, hex. */
  readonly digest: string;
}

/** A record in the journal. */
export interface Entry {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly epoch: number;
  readonly record: JournalRecord;
  readonly seals: readonly RecordedSeal[];
  /** SHA-256 over the previous entry's hash and this entry, hex. */
  readonly hash: string;
}
