/** Taking a password away. The role stays, with all that it may do: a later version has it again. */
import { z } from "zod";
import type { PostgresConnection } from "../../connections/postgres/postgres-connection.ts";
import { quoteName, quoteText } from "../../connections/postgres/quote.ts";
import type { Session } from "../../connections/postgres/session.ts";
import { RotationError } from "../../domain/errors.ts";
import type { CredentialRef } from "../../domain/version.ts";
import { ownRole } from "./refusals.ts";
import { withMarker } from "./role-comment.ts";
import { credentialId, isLive, roleNameIn, rolesNamed, type Role } from "./role.ts";

/** How long the server may take to end one session. */
const END_MS = 5_000;

/** Resolves, too, when that credential is gone: its role has another marker by now, or none, or does not exist. */
export async function closeRole(
  postgres: PostgresConnection,
  ref: CredentialRef,
  endsSessions: boolean,
  signal: AbortSignal,
): Promise<void> {
  const name = roleNameIn(ref);
  await postgres.transaction({ what: `close the role ${name}` }, signal, async (session) => {
    const [role] = await rolesNamed(session, [name]);
    if (role === undefined || !isLive(role) || credentialId(role) !== ref.id) return;
    if (await ownRole.isSignedInAs(session, name)) throw ownRole.cannotBeClosed(name);
    await session.run(`ALTER ROLE ${quoteName(name)} NOLOGIN PASSWORD NULL`);
    await session.run(`COMMENT ON ROLE ${quoteName(name)} IS ${textOf(role)}`);
  });
  // Only now: a session that is ended before can come back.
  if (endsSessions) await endSessions(postgres, name, signal);
}

/** Without a marker there is nothing to take out of the comment. */
function textOf({ comment }: Role): string {
  const text = withMarker(comment, null);
  return text === null ? "NULL" : quoteText(text);
}

/** Looked at again under the lock: a later version's sessions are nobody's business. */
async function endSessions(postgres: PostgresConnection, name: string, signal: AbortSignal): Promise<void> {
  await postgres.transaction({ what: `end the sessions of ${name}` }, signal, async (session) => {
    const [role] = await rolesNamed(session, [name]);
    if (role === undefined || isLive(role)) return;
    const left = await sessionsLeft(session, name);
    if (left === 0) return;
    throw new RotationError("server-error", {
      kind: "transient",
      message: `${left} sessions of ${name} did not end within ${END_MS / 1000} s`,
      hint: "They are told to end, and cannot come back; look at pg_stat_activity.",
    });
  });
}

async function sessionsLeft(session: Session, name: string): Promise<number> {
  const [row] = await session.rows(
    z.object({ left: z.int() }),
    `SELECT count(*) FILTER (WHERE NOT pg_terminate_backend(pid, $2))::int AS left
     FROM pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid()`,
    [name, END_MS],
  );
  return row?.left ?? 0;
}
