import { z } from "zod";
import { quoteName } from "../../../connections/postgres/quote.ts";
import type { Session } from "../../../connections/postgres/session.ts";
import type { Pair } from "../carry-over.ts";

const membershipSchema = z.object({
  role: z.string(),
  admin: z.boolean(),
  /** Null before PostgreSQL 16, where each membership has both. */
  inherit: z.boolean().nullable(),
  set: z.boolean().nullable(),
});

type Membership = z.output<typeof membershipSchema>;

/** A role may be granted by several; what counts is what they give together. */
const MEMBERSHIPS = `
  SELECT g.rolname AS role, bool_or(m.admin_option) AS admin,
         bool_or((to_jsonb(m) ->> 'inherit_option')::boolean) AS inherit,
         bool_or((to_jsonb(m) ->> 'set_option')::boolean) AS set
  FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
  WHERE r.rolname = $1 AND g.rolname <> $2 GROUP BY g.rolname`;

/** `to` becomes a member of whatever `from` is a member of, and of the owner. */
export async function carryMemberships(
  session: Session,
  { from, to }: Pair,
  owner: string | undefined,
): Promise<void> {
  const wanted = from === owner ? [] : await session.rows(membershipSchema, MEMBERSHIPS, [from, to]);
  const held = await session.rows(membershipSchema, MEMBERSHIPS, [to, from]);
  const missing = wanted.filter(
    (each) => !held.some(({ role, ...options }) => role === each.role && covers(options, each)),
  );
  for (const each of missing) {
    // Two roles cannot be members of one another.
    await session.run(`GRANT ${quoteName(each.role)} TO ${quoteName(to)}${optionsOf(each)}`);
  }
  const isMember = [...wanted, ...held].some(({ role }) => role === owner);
  if (owner !== undefined && !isMember) await session.run(`GRANT ${quoteName(owner)} TO ${quoteName(to)}`);
}

function covers(held: Omit<Membership, "role">, wanted: Membership): boolean {
  return (["admin", "inherit", "set"] as const).every((key) => wanted[key] !== true || held[key] === true);
}

function optionsOf({ admin, inherit, set }: Membership): string {
  if (inherit === null || set === null) return admin ? " WITH ADMIN OPTION" : "";
  return ` WITH ADMIN ${word(admin)}, INHERIT ${word(inherit)}, SET ${word(set)}`;
}

function word(value: boolean): string {
  return value ? "TRUE" : "FALSE";
}
