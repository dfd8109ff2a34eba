/** Roles that somebody signs in as with a password, each with a second one to take turns with. */
import { z } from "zod";
import type { PostgresConnection } from "../../connections/postgres/postgres-connection.ts";
import type { Session } from "../../connections/postgres/session.ts";
import type { DiscoveryOrder, FoundIssuer } from "../../domain/discovery.ts";
import { namesIn, type PostgresRoleConfig } from "./config.ts";
import { listedRole } from "./listed-role.ts";
import { rolesNamed } from "./role.ts";

/** Longer names are cut by PostgreSQL; two characters are added. */
const LONGEST_NAME = 61;

const LETTERS = ["b", "c", "d", "e", "f", "g", "h", "i", "j"] as const;

const LOGINS = `SELECT rolname AS name FROM pg_roles
  WHERE rolcanlogin AND NOT rolsuper AND NOT rolreplication AND rolname <> session_user AND octet_length(rolname) <= $1
  ORDER BY rolname`;

export async function discoverRoles(
  { connection, configured, context }: DiscoveryOrder<PostgresRoleConfig>,
  signal: AbortSignal,
): Promise<readonly FoundIssuer[]> {
  const postgres = context.connection<PostgresConnection>("postgres", connection);
  const taken = new Set(configured.flatMap(namesIn));
  return postgres.session({ what: "look for roles with a login" }, signal, async (session) => {
    const logins = await session.rows(z.object({ name: z.string() }), LOGINS, [LONGEST_NAME]);
    const names = logins.map(({ name }) => name).filter((name) => !taken.has(name));
    const found: FoundIssuer[] = [];
    for (const role of await rolesNamed(session, names)) {
      if (role.marker !== null) continue;
      const leaf = { kind: "postgres-role", connection, mode: "alternating-users" };
      const roles = [role.name, await nameBeside(session, role.name)];
      found.push({ name: role.name, leaf: { ...leaf, roles }, credentials: [listedRole(role)] });
    }
    return found;
  });
}

/** A role that is there already is somebody's. */
async function nameBeside(session: Session, name: string): Promise<string> {
  const names = LETTERS.map((letter) => `${name}_${letter}`);
  const there = (await rolesNamed(session, names)).map((role) => role.name);
  return names.find((each) => !there.includes(each)) ?? `${name}_z`;
}
