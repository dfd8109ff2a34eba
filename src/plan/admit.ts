import type { ErrorCode, RecordedError } from "../domain/errors.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { DueReason } from "../domain/run.ts";
import type { SecretState } from "../domain/state.ts";
import { isoOrNull, type Instant } from "../domain/time.ts";
import { decide } from "./decide.ts";

export interface Asked {
  readonly now: boolean;
  readonly revokeNow: boolean;
  readonly outsideWindow: boolean;
  /** What is asked for now may begin, and wait for its window. */
  readonly parks?: boolean;
  /** Since when a version that others made waits to be taken; null when none does. */
  readonly offeredSince?: Instant | null;
}

export type Admission =
  | { readonly admit: "not-due"; readonly next: Instant | null }
  | { readonly admit: "refused"; readonly error: RecordedError }
  | {
      readonly admit: "yes";
      readonly reason: DueReason;
      /** The previous version is still alive and goes first. */
      readonly retireFirst: boolean;
      readonly waitForWindow: boolean;
      readonly windowIgnored: string | null;
    };

/** Whether a secret may be rotated by this request. `opensAt` is when its window is open next: `at` while it is open. */
export function admit(
  secret: SecretState | undefined,
  of: SecretPolicy,
  asked: Asked,
  at: Instant,
  opensAt: Instant,
): Admission {
  const decision = decide(secret, of, at, asked.offeredSince);
  if (!asked.now && !decision.due) return { admit: "not-due", next: decision.next };
  const reason = decision.due && !asked.now ? decision.reason : "requested";
  // What makes no new version needs no room beside the previous one.
  const rotates = reason !== "target-added";
  const blocked = secret === undefined || !rotates ? null : blockedBy(secret, asked);
  if (blocked !== null) return { admit: "refused", error: blocked };
  const window = windowFor(secret, asked, at, opensAt);
  if (window.error !== null) return { admit: "refused", error: window.error };
  const { waitForWindow, windowIgnored } = window;
  const retireFirst = rotates && secret?.previous != null;
  return { admit: "yes", reason, retireFirst, waitForWindow, windowIgnored };
}

function blockedBy(secret: SecretState, asked: Asked): RecordedError | null {
  if (secret.needsOperator !== null) {
    const hint = `Look at \`keyturn show ${secret.needsOperator.run}\`, then end it with \`keyturn resolve\`.`;
    return refusal("locked-by-operator", `${secret.secret} waits for an operator`, hint);
  }
  if (secret.openRun !== null) {
    const hint = `\`keyturn show ${secret.openRun}\` tells what it waits for.`;
    return refusal("overlap-open", `${secret.secret} is in run ${secret.openRun}, which is not over`, hint);
  }
  if (secret.previous === null || asked.revokeNow || expiresFirst(secret)) return null;
  if (secret.retireError !== null) return putOff(secret, secret.retireError);
  const until = isoOrNull(secret.retireAt) ?? "it is retired";
  return refusal(
    "overlap-open",
    `version ${secret.previous} of ${secret.secret} is still alive, until ${until}`,
    "Wait for the overlap to end, or use --revoke-now if nothing uses the old version any more.",
  );
}

/** Its overlap is over, and it lives on because something stands in the way. */
function putOff({ secret, previous, current }: SecretState, error: RecordedError): RecordedError {
  if (error.code === "revoke-by-hand") return { ...error, code: "overlap-open" };
  return refusal(
    "overlap-open",
    `version ${previous} of ${secret} is still alive, since it could not be retired: ${error.message}`,
    `Bring every consumer to ${current === null ? "what was there before" : `version ${current}`}; then \`keyturn recover\` retires ${previous}, and the way is free.`,
  );
}

/** A current version that dies before the previous one is retired cannot wait for it. */
function expiresFirst(secret: SecretState): boolean {
  const notAfter = secret.versions[String(secret.current)]?.notAfter ?? null;
  return notAfter !== null && secret.retireAt !== null && notAfter <= secret.retireAt;
}

function windowFor(
  secret: SecretState | undefined,
  asked: Asked,
  at: Instant,
  opensAt: Instant,
): { error: RecordedError | null; waitForWindow: boolean; windowIgnored: string | null } {
  if (opensAt <= at) return { error: null, waitForWindow: true, windowIgnored: null };
  if (asked.outsideWindow)
    return { error: null, waitForWindow: false, windowIgnored: "asked for with --outside-window" };
  const notAfter = secret?.versions[String(secret.current)]?.notAfter ?? null;
  if (notAfter !== null && notAfter <= opensAt) {
    const windowIgnored = `the current version expires at ${isoOrNull(notAfter)}, before the window opens`;
    return { error: null, waitForWindow: false, windowIgnored };
  }
  if (!asked.now || asked.parks === true) return { error: null, waitForWindow: true, windowIgnored: null };
  const message = `the window is closed; it opens at ${isoOrNull(opensAt)}`;
  const error = refusal("outside-window", message, "Use --outside-window to rotate now all the same.");
  return { error, waitForWindow: false, windowIgnored: null };
}

function refusal(code: ErrorCode, message: string, hint: string): RecordedError {
  return { code, kind: "rejected", message, hint };
}
