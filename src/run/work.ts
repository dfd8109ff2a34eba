/** What a worker is asked to do and what it answers: the shape shared by the command line, the daemon and the worker. */
import type { RecordedError } from "../domain/errors.ts";
import type { Material } from "../domain/material.ts";
import type { Adopted } from "./adopt.ts";
import type { SecretOutcome, Trigger } from "../domain/run.ts";
import type { ScanName } from "../domain/scan.ts";
import type { Instant } from "../domain/time.ts";
import type { RunId, SecretName, VersionNumber } from "../domain/version.ts";
import type { Wait } from "../plan/apart.ts";
import type { ScanChange } from "../plan/compare-scans.ts";

export interface RotationRequest {
  /** The secrets asked for; `null` means every secret that is configured. */
  readonly secrets: readonly SecretName[] | null;
  /** Regardless of age. */
  readonly now: boolean;
  /** No overlap: a live previous version is revoked first, and the old one as soon as the new one is in use. */
  readonly revokeNow: boolean;
  readonly outsideWindow: boolean;
  readonly trigger: Trigger;
  readonly reason: string | null;
  readonly actor: string | null;
  /** A new value from a person. It implies `now`, and never leaves the memory but sealed. */
  readonly given?: Given;
}

/** A value that a person gave for the next version of a secret. */
export interface Given {
  readonly secret: SecretName;
  readonly material: Material;
}

/** What a worker is asked for, after it has recovered what a crash left. */
export type WorkRequest =
  | { readonly kind: "rotate"; readonly rotation: RotationRequest }
  | { readonly kind: "recover" }
  /** Null: every secret that is configured. */
  | { readonly kind: "adopt"; readonly secrets: readonly SecretName[] | null }
  | { readonly kind: "resolve"; readonly resolution: Resolution }
  | { readonly kind: "rollback"; readonly rollback: RollbackRequest }
  | { readonly kind: "retire"; readonly retirement: RetireRequest }
  /** Null: every scan that is configured. */
  | { readonly kind: "scan"; readonly scans: readonly ScanName[] | null };

/** The previous version of this secret is to be retired now. */
export interface RetireRequest {
  readonly secret: SecretName;
  /** A person says that it is revoked already, at a vendor that keyturn cannot reach. */
  readonly done: boolean;
  readonly reason: string | null;
  readonly actor: string | null;
}

/** The current version of this secret is bad: everyone goes back to the one before it. */
export interface RollbackRequest {
  readonly secret: SecretName;
  readonly reason: string | null;
  readonly actor: string | null;
}

/** A person's answer to a `needs-operator`. */
export interface Resolution {
  readonly secret: SecretName;
  /** The version that every consumer uses and that stays; 0 is what was there before the first rotation. */
  readonly keep: VersionNumber;
  readonly reason: string;
  readonly actor: string | null;
}

/** How the request ended for one secret. `run` is null when it was refused before one began. */
export interface SecretResult {
  readonly secret: SecretName;
  readonly run: RunId | null;
  readonly outcome: SecretOutcome;
  /** For `parked`: until when. */
  readonly until: Instant | null;
  /** The version that is current now; null when there is none. */
  readonly version: VersionNumber | null;
  readonly retireAt: Instant | null;
  readonly error: RecordedError | null;
}

export interface NotDue {
  readonly secret: SecretName;
  /** When it will be; null when never by itself: it is unmanaged or held. */
  readonly dueAt: Instant | null;
  /** It would be due, and is kept apart from another secret. */
  readonly wait?: Wait;
}

/** What a scan found, and how that differs from the one before. */
export interface ScanResult extends ScanChange {
  readonly scan: ScanName;
  readonly targets: number;
}

export interface WorkResult {
  /** What recovery finished or undid, then what the request brought. */
  readonly recovered: readonly SecretResult[];
  readonly rotated: readonly SecretResult[];
  /** Secrets that were asked for but are not due. */
  readonly notDue: readonly NotDue[];
  /** Versions revoked because their overlap ended. */
  readonly retired: readonly { readonly secret: SecretName; readonly version: VersionNumber }[];
  /** What the configuration named and is version 0 now, or is not any more. */
  readonly adopted: readonly Adopted[];
  /** Markers still on the sweep list and compensations still owed, and when the next look makes sense. */
  readonly sweeping: { readonly left: number; readonly nextAt: Instant | null };
  /** Alerts raised during this work. */
  readonly alerts: readonly RecordedError[];
  /** Of a scan, and of nothing else. */
  readonly scanned?: readonly ScanResult[];
}
