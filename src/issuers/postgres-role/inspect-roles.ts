/** What of the roles stands in the way of a rotation, as `doctor` tells it. */
import { z } from "zod";
import type { PostgresConnection } from "../../connections/postgres/postgres-connection.ts";
import { quoteName } from "../../connections/postgres/quote.ts";
import type { Session } from "../../connections/postgres/session.ts";
import { failed, inferred, looked, proved, type Finding, type Surroundings } from "../../domain/check.ts";
import { givingAway, ownedApart } from "./carry-over/ownership.ts";
import { missingPrivileges } from "./carry-over/privileges.ts";
import { namesIn, type PostgresRoleConfig } from "./config.ts";
import { roleBefore } from "./role-before.ts";
import { isLive, rolesNamed, type Role } from "./role.ts";

export async function inspectRoles(
  postgres: PostgresConnection,
  config: PostgresRoleConfig,
  around: Surroundings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const database = config.database ?? postgres.database;
  const look = <T>(what: string, use: (session: Session) => Promise<T>): Promise<T> =>
    postgres.session({ what }, signal, use);
  return looked("role", async () => {
    const roles = await look("read the roles", (session) => rolesNamed(session, namesIn(config)));
    const [may, rights, sessions] = await Promise.all([
      looked("may-manage", () => look("see what keyturn may do", (session) => mayChange(session, roles))),
      looked("rights", () =>
        postgres.session({ what: `compare the roles in ${database}`, database }, signal, (session) =>
          inspectRights(session, config, roles),
        ),
      ),
      looked("end-sessions", () => look("see what keyturn may do", mayEndSessions)),
    ]);
    return [...inspectUse(config, roles, around), ...may, ...rights, ...sessions];
  });
}

/** Who uses which role, and whether the next version finds one. */
function inspectUse(
  config: PostgresRoleConfig,
  roles: readonly Role[],
  around: Surroundings,
): readonly Finding[] {
  const names = namesIn(config);
  const foreign = roles.filter(
    ({ name, marker, canLogin }) =>
      canLogin && (marker === null || !around.isOurs(marker)) && config.adopt?.includes(name) !== true,
  );
  const told = names.map((name) => used(roles.find((role) => role.name === name) ?? name)).join("; ");
  if (config.mode === "single-user") return [singleUse(config, roles, foreign, told)];
  // What is not foreign is ours or adopted, and is closed when its time has come.
  const needed = foreign.length + 2;
  if (foreign.length === 0 || needed <= names.length) return [proved("role", told)];
  const [one] = foreign;
  const hint = `If nobody else uses the password of ${one?.name ?? ""}, name it in \`adopt\`; else add a role to \`roles\`.`;
  return [failed("role", `${told}: too few are left to take turns`, hint)];
}

function singleUse(
  { role: name = "" }: PostgresRoleConfig,
  roles: readonly Role[],
  foreign: readonly Role[],
  told: string,
): Finding {
  if (roles.length === 0)
    return failed("role", `there is no role ${name}`, `\`CREATE ROLE ${quoteName(name)}\`.`);
  if (foreign.length === 0) return proved("role", told);
  const hint = `If nobody else rotates it, name it: \`adopt: [${name}]\`.`;
  return failed("role", `${told}; keyturn may not overwrite its password`, hint);
}

function used(role: Role | string): string {
  if (typeof role === "string") return `${role} is not there yet`;
  if (!isLive(role)) return `${role.name} is free`;
  return role.marker === null ? `${role.name} has a login of others` : `${role.name} carries ${role.marker}`;
}

const mayChangeSchema = z.object({ name: z.string(), may: z.boolean() });

/** From PostgreSQL 16 on, CREATEROLE alone is for roles that one has made. Nobody but a superuser changes a superuser. */
const MAY_CHANGE = `
  SELECT r.rolname AS name,
         me.rolsuper OR NOT r.rolsuper AND me.rolcreaterole
           AND (current_setting('server_version_num')::int < 160000
                OR pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION')) AS may
  FROM pg_roles r, pg_roles me WHERE me.rolname = session_user AND r.rolname = ANY($1)`;

async function mayChange(session: Session, roles: readonly Role[]): Promise<readonly Finding[]> {
  const names = roles.map(({ name }) => name);
  const rows = await session.rows(mayChangeSchema, MAY_CHANGE, [names]);
  const refused = rows.filter(({ may }) => !may).map(({ name }) => name);
  if (refused.length === 0)
    return [inferred("may-manage", "keyturn's own role may change them; only changing one proves it")];
  const hint = `Grant keyturn's own role CREATEROLE and, from PostgreSQL 16 on, \`GRANT ${quoteName(refused[0] ?? "")} TO … WITH ADMIN OPTION\`.`;
  return [failed("may-manage", `keyturn's own role may not change ${refused.join(", ")}`, hint)];
}

/** What the next version's role lacks, as far as one database tells: the one in which the application signs in. */
async function inspectRights(
  session: Session,
  config: PostgresRoleConfig,
  roles: readonly Role[],
): Promise<readonly Finding[]> {
  if (config.mode === "single-user") return [proved("rights", "one role: there is nothing to carry over")];
  const next = roles.find((role) => !isLive(role)) ?? roles.find((role) => role !== roleBefore(roles, ""));
  const from = roleBefore(roles, next?.name ?? "");
  if (next === undefined || from === null)
    return [
      inferred("rights", "the role that follows is made by the rotation, and given what the one before has"),
    ];
  const pair = { from: from.name, to: next.name };
  const { owned, database } = await ownedApart(session, pair);
  if (owned > 0) {
    const told = `${pair.from} owns ${owned} objects in ${database}, which ${pair.to} could not alter`;
    return [failed("rights", told, givingAway(pair.from, config.owner))];
  }
  const missing = await missingPrivileges(session, pair);
  if (missing.length === 0)
    return [proved("rights", `${pair.to} was granted all that ${pair.from} was, in ${database}`)];
  return [
    inferred("rights", `a rotation grants ${pair.to} what ${pair.from} has: ${missing.length} privileges`),
  ];
}

async function mayEndSessions(session: Session): Promise<readonly Finding[]> {
  const schema = z.object({ may: z.boolean() });
  const text = "SELECT pg_has_role(session_user, 'pg_signal_backend', 'USAGE') AS may";
  const [row] = await session.rows(schema, text);
  if (row?.may === true) return [proved("end-sessions", "keyturn may end the sessions of a role")];
  const told = "keyturn may not end sessions, which only --revoke-now and a lockdown do";
  return [inferred("end-sessions", told, "`GRANT pg_signal_backend TO` keyturn's own role.")];
}
