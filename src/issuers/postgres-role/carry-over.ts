/**
 * Makes a role what the one before it is, except for the password: attributes, memberships, settings, privileges, default
 * privileges and row security policies, in every database. It only ever adds privileges; what is not carried over stands in
 * docs/databases.md. Each part looks at what is missing, so that it can be cut anywhere and done again.
 */
import { z } from "zod";
import type { PostgresConnection } from "../../connections/postgres/postgres-connection.ts";
import { quoteName } from "../../connections/postgres/quote.ts";
import type { Session } from "../../connections/postgres/session.ts";
import type { Marker } from "../../domain/version.ts";
import { carryAttributes } from "./carry-over/attributes.ts";
import { carryDefaultPrivileges } from "./carry-over/default-privileges.ts";
import { carryMemberships } from "./carry-over/memberships.ts";
import { assertOwnsNothing } from "./carry-over/ownership.ts";
import { carryPolicies } from "./carry-over/policies.ts";
import { carryPrivileges } from "./carry-over/privileges.ts";
import { carrySettings } from "./carry-over/settings.ts";
import { assertFree } from "./free-role.ts";
import { rolesNamed } from "./role.ts";
import { roleBefore } from "./role-before.ts";

export interface CarryOrder {
  /** All the roles that take turns. */
  readonly names: readonly string[];
  /** The one that is to become like the one before it. */
  readonly name: string;
  readonly marker: Marker;
  readonly owner: string | undefined;
  /** `VALID UNTIL` is carried over. */
  readonly keepsExpiry: boolean;
}

/** From whom to whom. */
export interface Pair {
  readonly from: string;
  readonly to: string;
}

export async function carryOver(
  postgres: PostgresConnection,
  order: CarryOrder,
  signal: AbortSignal,
): Promise<void> {
  const { name: to } = order;
  const what = `make ${to} like the role before it`;
  const from = await postgres.transaction({ what }, signal, (session) => carryRole(session, order));
  if (from === null) return;
  for (const database of await databasesOf(postgres, from, signal)) {
    const there = { what: `${what} in the database ${database}`, database };
    await postgres.transaction(there, signal, (session) => carryRights(session, { from, to }, order.owner));
  }
}

/** What belongs to the whole server. Gives the role before, or null when there is none. */
async function carryRole(session: Session, order: CarryOrder): Promise<string | null> {
  const { name, names, owner, marker, keepsExpiry } = order;
  const roles = await rolesNamed(session, names);
  const role = roles.find((each) => each.name === name);
  assertFree(role, marker);
  if (role === undefined) await session.run(`CREATE ROLE ${quoteName(name)} NOLOGIN`);
  const from = roleBefore(roles, name);
  if (from === null) {
    if (owner !== undefined) await carryMemberships(session, { from: owner, to: name }, owner);
    await carrySettings(session, { from: name, to: name }, owner);
    return null;
  }
  const pair = { from: from.name, to: name };
  await carryAttributes(session, pair, keepsExpiry);
  await carryMemberships(session, pair, owner);
  await carrySettings(session, pair, owner);
  return from.name;
}

async function carryRights(session: Session, pair: Pair, owner: string | undefined): Promise<void> {
  await assertOwnsNothing(session, pair, owner);
  await carryPrivileges(session, pair);
  await carryDefaultPrivileges(session, pair);
  await carryPolicies(session, pair);
}

/** Where anything depends on the role; and the connection's own, for what belongs to the whole server. */
async function databasesOf(
  postgres: PostgresConnection,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const own = postgres.database;
  const rows = await postgres.session({ what: `see where ${name} has rights` }, signal, (session) =>
    session.rows(
      z.object({ name: z.string() }),
      `SELECT DISTINCT d.datname AS name FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
       WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1::regrole AND d.datallowconn
       ORDER BY 1`,
      [quoteName(name)],
    ),
  );
  return [...new Set([own, ...rows.map((row) => row.name)])];
}
