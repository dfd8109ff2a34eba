import { hash } from "node:crypto";
import type { Policy, SecretPolicy } from "../domain/policy.ts";
import type { DueReason } from "../domain/run.ts";
import type { VersionState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import { nextCronTime } from "../schedule/cron-times.ts";

/** When a version must be replaced, and which rule says so; `null` when no rule does. */
export function dueAt(version: VersionState, of: SecretPolicy): { at: Instant; reason: DueReason } | null {
  const regular = of.policy.cron === null ? ageDue(version, of) : cronDue(version, of);
  const byExpiry = expiryDue(version, of.policy);
  if (byExpiry !== null && (regular === null || byExpiry < regular))
    return { at: byExpiry, reason: "expiry" };
  if (regular === null) return null;
  return { at: regular, reason: of.policy.cron === null ? "age" : "schedule" };
}

/** The first cron time after the version came into use: what was missed meanwhile is made up for once. */
function cronDue({ promotedAt, createdAt }: VersionState, { secret, policy }: SecretPolicy): Instant | null {
  if (policy.cron === null) return null;
  const at = nextCronTime(policy.cron, policy.timezone, promotedAt ?? createdAt);
  return at === null ? null : at + splayOf(secret, policy.splayMs);
}

function ageDue(version: VersionState, { secret, policy }: SecretPolicy): Instant | null {
  if (policy.maxAgeMs === null) return null;
  return version.createdAt + policy.maxAgeMs + splayOf(secret, policy.splayMs);
}

/** Expiry is a hard wall, so no splay is added to it. */
function expiryDue(version: VersionState, policy: Policy): Instant | null {
  if (version.notAfter === null || policy.renewBefore === null) return null;
  if ("ms" in policy.renewBefore) return version.notAfter - policy.renewBefore.ms;
  return version.notAfter - (version.notAfter - version.createdAt) * policy.renewBefore.share;
}

/** A delay between 0 and `splayMs` that is always the same for the same secret. */
function splayOf(secret: string, splayMs: number): number {
  if (splayMs === 0) return 0;
  const word = hash("sha256", secret, "buffer").readUInt32BE(0);
  return Math.floor((word / 2 ** 32) * splayMs);
}
