/** A secret's row for `status`: facts from the journal, judged by its policy. Pure. */
import { adoptedVersion } from "../domain/adoption.ts";
import { locksOf } from "../domain/lockdown.ts";
import type { Evidence, TableReader } from "../domain/ports.ts";
import type { Policy, SecretPolicy } from "../domain/policy.ts";
import type { SecretOutcome } from "../domain/run.ts";
import type { SecretState, VersionState } from "../domain/state.ts";
import { DAY_MS, HOUR_MS, isoOrNull, type Instant } from "../domain/time.ts";
import type { RunId, VersionNumber } from "../domain/version.ts";
import { currentOf, revokeLateAt, waitsForPerson } from "./by-hand.ts";
import { credentialRow, type CredentialRow } from "./credential-row.ts";
import { dueAt } from "./due.ts";
import { decide } from "./decide.ts";

/** Worst first. `locked` is a lockdown's, `held` a rolled-back version's. */
export type Health =
  | "needs-operator"
  | "locked"
  | "held"
  | "unmanaged"
  | "expiring"
  | "retire-overdue"
  | "failing"
  | "overdue"
  | "due"
  | "ok";

export interface StatusRow {
  readonly name: string;
  readonly policy: string;
  readonly version: VersionNumber | null;
  readonly createdAt: string | null;
  readonly notAfter: string | null;
  readonly dueAt: string | null;
  readonly due: boolean;
  readonly previous: {
    readonly version: VersionNumber;
    readonly retireAt: string | null;
    /** A person was told to revoke it, and has not said that it is done. */
    readonly revokeByHand: boolean;
  } | null;
  readonly evidence: Evidence | null;
  readonly foreign: number;
  /** The same, one by one; fewer than that when they were last looked at by a keyturn that only counted them. */
  readonly foreignCredentials: readonly CredentialRow[];
  /** What version 0 stands for while it is alive; empty when nothing was adopted. */
  readonly adoptedCredentials: readonly CredentialRow[];
  readonly lastRun: {
    readonly run: RunId;
    readonly outcome: SecretOutcome;
    readonly endedAt: string | null;
  } | null;
  readonly health: Health;
}

/** A worker may come by only now and then; a version that outlives its overlap by less is no cause for alarm. */
const RETIRE_GRACE_MS = HOUR_MS;
/** What is due is late when a day has passed, or, with a window, a week: every window opens at least that often. */
const OVERDUE_MS = { free: DAY_MS, windowed: 7 * DAY_MS };
/** Of the time between `renewBefore` and the end, what is left when it becomes urgent. */
const EXPIRING_SHARE = 0.5;
/** Without `renewBefore`: of the whole lifetime. */
const EXPIRING_LIFETIME_SHARE = 0.05;

/** The row of every secret. */
export function statusRows(
  tables: Pick<TableReader, "get" | "all">,
  policies: readonly SecretPolicy[],
  now: Instant,
): readonly StatusRow[] {
  const locked = new Set(locksOf(tables.all("lockdown")).flatMap(({ secrets }) => secrets));
  return policies.map((of) => statusRow(tables.get("secret", of.secret), of, now, locked.has(of.secret)));
}

/** `isLocked`: a lockdown keeps the secret to itself. */
export function statusRow(
  secret: SecretState | undefined,
  of: SecretPolicy,
  now: Instant,
  isLocked = false,
): StatusRow {
  const current = currentOf(secret);
  const { lastRun = null } = secret ?? {};
  return {
    name: of.secret,
    policy: of.policy.name,
    version: current?.version ?? null,
    createdAt: isoOrNull(current?.createdAt ?? null),
    notAfter: isoOrNull(current?.notAfter ?? null),
    dueAt: isoOrNull(current === undefined ? null : (dueAt(current, of)?.at ?? null)),
    due: decide(secret, of, now).due,
    previous: secret === undefined ? null : previousOf(secret),
    evidence: current?.evidence ?? null,
    foreign: secret?.foreign ?? 0,
    foreignCredentials: (secret?.foreignCredentials ?? []).map(credentialRow),
    adoptedCredentials: (adoptedVersion(secret)?.credentials ?? []).map(credentialRow),
    lastRun: lastRun === null ? null : { ...lastRun, endedAt: isoOrNull(lastRun.endedAt) },
    health: isLocked && secret?.needsOperator == null ? "locked" : healthOf(secret, of, now),
  };
}

function previousOf(secret: SecretState): StatusRow["previous"] {
  const { previous: version, retireAt } = secret;
  if (version === null) return null;
  return { version, retireAt: isoOrNull(retireAt), revokeByHand: waitsForPerson(secret) };
}

export function healthOf(secret: SecretState | undefined, of: SecretPolicy, now: Instant): Health {
  if (secret !== undefined && secret.needsOperator !== null) return "needs-operator";
  if (secret?.held === true) return "held";
  const current = currentOf(secret);
  if (secret === undefined || current === undefined) return "unmanaged";
  if (isExpiring(current, of.policy, now)) return "expiring";
  if (isRetireOverdue(secret, now)) return "retire-overdue";
  if (secret.failures > 0) return "failing";
  const due = dueAt(current, of);
  if (due === null || due.at > now) return "ok";
  return now > overdueAt(due.at, of.policy) ? "overdue" : "due";
}

/** When somebody is to be told that a version should have been replaced; null for never. Once for each version. */
export function alarmAt(secret: SecretState, of: SecretPolicy): Instant | null {
  const current = currentOf(secret);
  if (current === undefined || secret.held || secret.needsOperator !== null) return null;
  if (secret.alarmedVersion === current.version) return null;
  const due = dueAt(current, of);
  // What was overdue when it came into our hands is no alarm: it is due now.
  return due === null ? null : overdueAt(Math.max(due.at, current.adoptedAt ?? due.at), of.policy);
}

export function overdueAt(due: Instant, { window }: Policy): Instant {
  return due + (window === null ? OVERDUE_MS.free : OVERDUE_MS.windowed);
}

function isExpiring({ notAfter, createdAt }: VersionState, { renewBefore }: Policy, now: Instant): boolean {
  if (notAfter === null) return false;
  const lifetime = notAfter - createdAt;
  if (renewBefore === null) return notAfter - now <= lifetime * EXPIRING_LIFETIME_SHARE;
  const margin = "ms" in renewBefore ? Math.min(renewBefore.ms, lifetime) : renewBefore.share * lifetime;
  return notAfter - now <= margin * EXPIRING_SHARE;
}

function isRetireOverdue(secret: SecretState, now: Instant): boolean {
  const { previous, retireAt } = secret;
  const lateAt = waitsForPerson(secret) ? revokeLateAt(secret) : (retireAt ?? now) + RETIRE_GRACE_MS;
  return previous !== null && retireAt !== null && lateAt !== null && now > lateAt;
}
