/** `GRANT`s to the role itself, on whatever has an access list: in this database, and in the whole server. */
import { z } from "zod";
import { quoteName } from "../../../connections/postgres/quote.ts";
import type { Session } from "../../../connections/postgres/session.ts";
import { RotationError } from "../../../domain/errors.ts";
import type { Pair } from "../carry-over.ts";

/** Each gives: the word for GRANT, the object as GRANT names it, the column or null, the access list. */
const LISTS = [
  `SELECT CASE WHEN relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass::text, NULL, relacl
   FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'f', 'p', 'S')`,
  `SELECT 'TABLE', attrelid::regclass::text, quote_ident(attname), attacl FROM pg_attribute WHERE NOT attisdropped`,
  `SELECT 'SCHEMA', quote_ident(nspname), NULL, nspacl FROM pg_namespace`,
  `SELECT 'ROUTINE', oid::regprocedure::text, NULL, proacl FROM pg_proc`,
  `SELECT 'TYPE', oid::regtype::text, NULL, typacl FROM pg_type`,
  `SELECT 'LANGUAGE', quote_ident(lanname), NULL, lanacl FROM pg_language`,
  `SELECT 'FOREIGN DATA WRAPPER', quote_ident(fdwname), NULL, fdwacl FROM pg_foreign_data_wrapper`,
  `SELECT 'FOREIGN SERVER', quote_ident(srvname), NULL, srvacl FROM pg_foreign_server`,
  `SELECT 'LARGE OBJECT', oid::text, NULL, lomacl FROM pg_largeobject_metadata`,
  `SELECT 'DATABASE', quote_ident(datname), NULL, datacl FROM pg_database`,
  `SELECT 'TABLESPACE', quote_ident(spcname), NULL, spcacl FROM pg_tablespace`,
] as const;

/** From PostgreSQL 15 on. */
const PARAMETERS = `
  SELECT 'PARAMETER', (SELECT string_agg(quote_ident(part), '.') FROM unnest(string_to_array(parname, '.')) part), NULL, paracl
  FROM pg_parameter_acl`;

const missingSchema = z.object({ privilege: z.string(), rest: z.string() });

type Missing = z.output<typeof missingSchema>;

export async function carryPrivileges(session: Session, pair: Pair): Promise<void> {
  for (const { privilege, rest } of await missingPrivileges(session, pair))
    await session.run(`GRANT ${privilege} ON ${rest}`);
  // Whoever may not grant it is told so by a mere warning, at times.
  const left = await missingPrivileges(session, pair);
  if (left.length > 0) throw notGranted(pair, left);
}

/** What `from` was granted and `to` was not, each as the end of a `GRANT`. */
export async function missingPrivileges(session: Session, { from, to }: Pair): Promise<readonly Missing[]> {
  const text = `
    WITH lists (kind, object, part, acl) AS (${await lists(session)}),
    held AS (
      SELECT kind, object, part, grantee, privilege_type, bool_or(is_grantable) AS grantable
      FROM lists, aclexplode(acl) WHERE grantee IN ($1::regrole, $2::regrole)
      GROUP BY kind, object, part, grantee, privilege_type)
    SELECT f.privilege_type || coalesce(' (' || f.part || ')', '') AS privilege,
           f.kind || ' ' || f.object || ' TO ' || $2::regrole::text || CASE WHEN f.grantable THEN ' WITH GRANT OPTION' ELSE '' END AS rest
    FROM held f LEFT JOIN held t
      ON t.grantee = $2::regrole AND (t.kind, t.object, t.privilege_type) = (f.kind, f.object, f.privilege_type)
         AND t.part IS NOT DISTINCT FROM f.part
    WHERE f.grantee = $1::regrole AND (t.kind IS NULL OR f.grantable AND NOT t.grantable)`;
  return session.rows(missingSchema, text, [quoteName(from), quoteName(to)]);
}

async function lists(session: Session): Promise<string> {
  const schema = z.object({ there: z.boolean() });
  const [row] = await session.rows(schema, "SELECT to_regclass('pg_parameter_acl') IS NOT NULL AS there");
  return [...LISTS, ...(row?.there === true ? [PARAMETERS] : [])].join(" UNION ALL ");
}

const MOST_TOLD = 3;

function notGranted({ from, to }: Pair, left: readonly Missing[]): RotationError {
  const told = left.slice(0, MOST_TOLD).map(({ privilege, rest }) => `GRANT ${privilege} ON ${rest}`);
  const more = left.length > MOST_TOLD ? ` and ${left.length - MOST_TOLD} more` : "";
  return new RotationError("rights-not-carried", {
    kind: "rejected",
    message: `keyturn may not give ${to} all that ${from} was granted: ${told.join("; ")}${more}`,
    hint: "Grant them yourself; better, grant them to a role that both are members of, and rotations need not carry them.",
  });
}
