/** What stands in the way of a role's password, in words. */
import { z } from "zod";
import type { Session } from "../../connections/postgres/session.ts";
import { RotationError } from "../../domain/errors.ts";
import { formatDuration, SECOND_MS } from "../../domain/time.ts";

const NEXT_LOOK_MS = SECOND_MS;

export function refusedPassword(
  user: string,
  { ageMs, settleMs }: { readonly ageMs: number; readonly settleMs: number },
): RotationError {
  if (ageMs < settleMs) {
    return new RotationError("not-settled", {
      kind: "transient",
      message: `the new password of ${user} is not accepted yet`,
      hint: `keyturn tries for ${formatDuration(settleMs)} (the issuer's settle).`,
      retryAfterMs: NEXT_LOOK_MS,
    });
  }
  return new RotationError("credential-refused", {
    kind: "rejected",
    message: `the password of ${user} was refused`,
    hint: "Look into the server's log: pg_hba.conf may have no line for this role, or VALID UNTIL has passed.",
  });
}

/** Whoever is let in without a password proves nothing by it. */
export function notChecked(user: string, host: string): RotationError {
  return new RotationError("unexpected-answer", {
    kind: "rejected",
    message: `${host} lets ${user} in without checking the password, so that it cannot be proved`,
    hint: "Set the method for this role to scram-sha-256 in pg_hba.conf.",
  });
}

export function roleNotFound(name: string): RotationError {
  return new RotationError("role-not-found", {
    kind: "rejected",
    message: `there is no role ${name}`,
    hint: "Make it, or correct the issuer's `role`: keyturn makes roles only where several take turns.",
  });
}

export function notARoleOfOurs(name: string): RotationError {
  return new RotationError("role-not-found", {
    kind: "rejected",
    message: `the version is of the role ${name}, which the configuration does not name any more`,
    hint: "Rotate again: a new version gets one of `roles`.",
  });
}

export function withoutPart(part: string): RotationError {
  return new RotationError("internal", {
    kind: "invariant",
    message: `a version of a PostgreSQL role without the part \`${part}\` came here`,
  });
}

/** The role that keyturn itself is signed in as. */
export const ownRole = {
  async isSignedInAs(session: Session, name: string): Promise<boolean> {
    const schema = z.object({ own: z.boolean() });
    const [row] = await session.rows(schema, "SELECT session_user = $1::name AS own", [name]);
    return row?.own === true;
  },

  cannotBeOverwritten(name: string): RotationError {
    return new RotationError("role-in-use", {
      kind: "rejected",
      message: `${name} is the role that keyturn is signed in as: between its new password and the file that holds it keyturn would be locked out`,
      hint: "Rotate keyturn's own role as `alternating-users`; docs/databases.md says how.",
    });
  },

  cannotBeClosed(name: string): RotationError {
    return new RotationError("in-use-unexpectedly", {
      kind: "rejected",
      message: `${name} is the role that keyturn is signed in as; it was not closed`,
      hint: "Let the connection read the current version: its credentialFile must be the file that the secret's target writes.",
    });
  },
};
