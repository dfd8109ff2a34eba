import type { ErrorCode, RecordedError } from "../domain/errors.ts";
import { stepKey } from "../domain/run.ts";
import type { RunState, SecretState, VersionState } from "../domain/state.ts";
import { isoOrNull, type Instant } from "../domain/time.ts";
import type { SecretName, VersionNumber } from "../domain/version.ts";

import { isRevokedByHand } from "./by-hand.ts";

export type RollbackAdmission =
  | { readonly admit: "refused"; readonly error: RecordedError }
  | {
      readonly admit: "yes";
      readonly from: VersionNumber;
      /** 0: what was there before keyturn. */
      readonly to: VersionNumber;
    };

/**
 * Whether a secret can go back to the version before its current one. `retiring` is the run whose retire step revokes
 * that version, `first` the one that found version 0.
 */
export function admitRollback(
  name: SecretName,
  secret: SecretState | undefined,
  retiring: RunState | undefined,
  first: RunState | undefined,
  now: Instant,
): RollbackAdmission {
  const error = blockedBy(name, secret);
  if (error !== null) return { admit: "refused", error };
  const { current, previous } = secret ?? { current: null, previous: null };
  if (secret === undefined || current === null || (current === 0 && !secret.held)) {
    return nothing(
      `${name} has no version of keyturn's`,
      `\`keyturn rotate --now ${name}\` starts its life.`,
    );
  }
  if (secret.held) {
    return nothing(
      `${name} was rolled back already`,
      `\`keyturn rotate --now ${name}\` gives it a new version.`,
    );
  }
  const instead = `\`keyturn rotate --now ${name}\` gives it a new version instead.`;
  const why = previous === null ? null : whyNot(secret, previous, retiring, now);
  if (why !== null) return nothing(why, instead);
  const to = previous ?? 0;
  if (to === 0 && first?.baselines == null)
    return nothing(`there is no version of ${name} before ${current} any more`, instead);
  return { admit: "yes", from: current, to };
}

function blockedBy(name: SecretName, secret: SecretState | undefined): RecordedError | null {
  if (secret?.needsOperator != null) {
    const hint = `Look at \`keyturn show ${secret.needsOperator.run}\`, then end it with \`keyturn resolve\`.`;
    return refusal("locked-by-operator", `${name} waits for an operator`, hint);
  }
  if (secret?.openRun != null) {
    const hint = `\`keyturn show ${secret.openRun}\` tells what it waits for.`;
    return refusal("overlap-open", `${name} is in run ${secret.openRun}, which is not over`, hint);
  }
  return null;
}

/** Why the previous version, though not known to be dead, is none to go back to. */
function whyNot(
  state: SecretState,
  previous: VersionNumber,
  retiring: RunState | undefined,
  now: Instant,
): string | null {
  const { secret, versions } = state;
  if (isRevokedByHand(state, previous))
    return `a person said that version ${previous} of ${secret} is revoked`;
  if (retiring !== undefined && mayBeRevoked(retiring, secret))
    return `version ${previous} of ${secret} may be revoked already`;
  const version = versions[String(previous)];
  const notAfter = version === undefined ? null : lastExpiry(version);
  if (notAfter !== null && notAfter <= now)
    return `version ${previous} of ${secret} expired at ${isoOrNull(notAfter)}`;
  const erased = version?.erased ?? true;
  return erased && previous !== 0
    ? `the journal does not hold the material of version ${previous} of ${secret}`
    : null;
}

/** Which of the adopted credentials a consumer held is not known, so all of them must have expired. */
function lastExpiry({ notAfter, credentials = [] }: VersionState): Instant | null {
  const ends = credentials.map((each) => each.notAfter ?? Number.POSITIVE_INFINITY);
  const last = Math.max(...ends);
  if (ends.length === 0) return notAfter;
  return Number.isFinite(last) ? last : null;
}

/** A revoke that was tried counts, unless it is known to have had no effect. */
function mayBeRevoked(run: RunState, secret: SecretName): boolean {
  const tried = run.steps[stepKey(run.run, "retire", secret)]?.do ?? null;
  return tried !== null && (tried.result !== "failed" || tried.lateUntil !== null);
}

function nothing(message: string, hint: string): RollbackAdmission {
  return { admit: "refused", error: refusal("nothing-to-roll-back", message, hint) };
}

function refusal(code: ErrorCode, message: string, hint: string): RecordedError {
  return { code, kind: "rejected", message, hint };
}
