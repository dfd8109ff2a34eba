import type { Refusal } from "../../connections/entra/sign-in.ts";
import { RotationError } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/time.ts";

/** The answer to a wrong secret and, word for word, to one that the replica does not know yet. */
const INVALID_SECRET = 7000215;
/** Whatever the secret: the service principal may not sign in. */
const DISABLED = 7000112;
const FIRST_LOOK_MS = 1_000;
const SLOWEST_LOOK_MS = 10_000;
const FLAPPING_LOOK_MS = 500;

export interface SecretFacts {
  readonly appId: string;
  readonly ageMs: number;
  readonly settleMs: number;
}

/** What a refusal of a secret means, by its reason and by how young the secret is. */
export function refusedSecret(refusal: Refusal, facts: SecretFacts): RotationError {
  const code = refusal.aadsts === null ? "" : ` (AADSTS${refusal.aadsts})`;
  if (refusal.aadsts === INVALID_SECRET && facts.ageMs < facts.settleMs) {
    return new RotationError("not-settled", {
      kind: "transient",
      message: `Entra does not accept the new secret of ${facts.appId} yet${code}`,
      hint: `It usually does within seconds; keyturn tries for ${formatDuration(facts.settleMs)} (the issuer's settle).`,
      // A tenth of its age: often at first, when a change is likely, and never a long wait after it works.
      retryAfterMs: Math.round(Math.min(SLOWEST_LOOK_MS, Math.max(FIRST_LOOK_MS, facts.ageMs / 10))),
    });
  }
  if (refusal.aadsts === DISABLED) {
    return new RotationError("application-disabled", {
      kind: "rejected",
      message: `the application ${facts.appId} may not sign in at all (AADSTS${DISABLED})`,
      hint: "Enable its service principal, or lift the lockdown that has disabled it.",
    });
  }
  return new RotationError("credential-refused", {
    kind: "rejected",
    message: `Entra refused the secret of ${facts.appId}${code}`,
    hint: hintFor(refusal),
  });
}

/** It worked just now, but did not a moment ago: some replica may still not know it. */
export function flappingSecret(facts: SecretFacts): RotationError {
  return new RotationError("not-settled", {
    kind: "transient",
    message: `Entra accepts the new secret of ${facts.appId}, but refused it a moment ago`,
    hint: "keyturn waits until it has been accepted for a while.",
    retryAfterMs: FLAPPING_LOOK_MS,
  });
}

function hintFor(refusal: Refusal): string {
  if (refusal.expired) return "The secret has expired: set a longer validFor, or rotate earlier.";
  switch (refusal.aadsts) {
    case INVALID_SECRET:
      return "If Entra is only slow to learn of new secrets, raise the issuer's settle.";
    case 700016:
    case 7000229:
      return "The application has no service principal in this tenant: create one.";
    default:
      return "Look the code up in Entra's sign-in log; a conditional access policy may block the sign-in.";
  }
}
