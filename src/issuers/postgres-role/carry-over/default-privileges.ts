/** `ALTER DEFAULT PRIVILEGES`: what the role gets of objects that are made later, and what others get of those it makes. */
import { z } from "zod";
import { quoteName } from "../../../connections/postgres/quote.ts";
import type { Session } from "../../../connections/postgres/session.ts";
import type { Pair } from "../carry-over.ts";

const statementSchema = z.object({ statement: z.string() });

const WORDS = `CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES'
  WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END`;
const SCHEMA = `coalesce(' IN SCHEMA ' || (SELECT quote_ident(nspname) FROM pg_namespace n WHERE n.oid = defaclnamespace), '')`;

/** Of what others make: `from` is a grantee. Those of its own (`defaclrole`) are the second half. */
const GRANTED = `
  SELECT d.*, x.privilege_type, x.is_grantable, x.grantee FROM pg_default_acl d, aclexplode(d.defaclacl) x`;

/**
 * A global list replaces what PostgreSQL grants by itself, so what it lacks was revoked: from PUBLIC, of routines and types. To
 * itself a role grants nothing that it would not have as the owner.
 */
const STATEMENTS = `
  WITH granted AS (${GRANTED}), wanted AS (
    SELECT CASE WHEN defaclrole = $1::regrole THEN $2::regrole::oid ELSE defaclrole END AS maker,
           defaclnamespace, defaclobjtype, privilege_type, is_grantable,
           CASE WHEN grantee = $1::regrole THEN $2::regrole::oid ELSE grantee END AS grantee
    FROM granted WHERE (defaclrole = $1::regrole) <> (grantee = $1::regrole))
  SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %s%s GRANT %s ON %s TO %s%s', maker::regrole, ${SCHEMA},
                privilege_type, ${WORDS},
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
  FROM wanted w
  WHERE NOT EXISTS (SELECT FROM granted g
                    WHERE (g.defaclrole, g.defaclnamespace, g.defaclobjtype, g.privilege_type, g.grantee)
                        = (w.maker, w.defaclnamespace, w.defaclobjtype, w.privilege_type, w.grantee)
                      AND g.is_grantable >= w.is_grantable)
  UNION ALL
  SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %s REVOKE ALL ON %s FROM PUBLIC', $2::regrole, ${WORDS})
  FROM pg_default_acl d
  WHERE defaclrole = $1::regrole AND defaclnamespace = 0 AND defaclobjtype IN ('f', 'T')
    AND NOT EXISTS (SELECT FROM aclexplode(defaclacl) WHERE grantee = 0)
    AND NOT EXISTS (SELECT FROM pg_default_acl o
                    WHERE o.defaclrole = $2::regrole AND o.defaclnamespace = 0 AND o.defaclobjtype = d.defaclobjtype
                      AND NOT EXISTS (SELECT FROM aclexplode(o.defaclacl) WHERE grantee = 0))`;

export async function carryDefaultPrivileges(session: Session, { from, to }: Pair): Promise<void> {
  const statements = await session.rows(statementSchema, STATEMENTS, [quoteName(from), quoteName(to)]);
  if (statements.length === 0) return;
  await asMemberOf(session, to, async () => {
    for (const { statement } of statements) await session.run(statement);
  });
}

/** Only members may say what others get of what a role makes. Nobody sees the membership: it ends with the transaction. */
async function asMemberOf(session: Session, role: string, act: () => Promise<void>): Promise<void> {
  const schema = z.object({ member: z.boolean(), self: z.string() });
  const text = "SELECT pg_has_role(session_user, $1::regrole, 'USAGE') AS member, session_user::text AS self";
  const [row] = await session.rows(schema, text, [quoteName(role)]);
  if (row === undefined || row.member) return act();
  const [whole, own] = [quoteName(role), quoteName(row.self)];
  await session.run(`GRANT ${whole} TO ${own}`);
  await act();
  await session.run(`REVOKE ${whole} FROM ${own}`);
}
