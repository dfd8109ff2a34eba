/**
 * What a role owns only its members may alter, and two roles cannot be members of one another. So ownership is not carried over:
 * it belongs to a role of which both are members. Giving it away (`REASSIGN OWNED`) locks every object and is for a person.
 */
import { z } from "zod";
import { quoteName } from "../../../connections/postgres/quote.ts";
import type { Session } from "../../../connections/postgres/session.ts";
import { RotationError } from "../../../domain/errors.ts";
import type { Pair } from "../carry-over.ts";

const ownedSchema = z.object({ owned: z.int(), database: z.string(), may: z.boolean() });

/** Temporary tables go with their session; default privileges and user mappings are not owned by choice. */
const OWNED = `
  SELECT count(*)::int AS owned, current_database() AS database,
         pg_has_role($2::regrole, $1::regrole, 'USAGE') AS may
  FROM pg_shdepend s
  WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1::regrole AND s.deptype = 'o'
    AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
    AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND NOT (s.classid = 'pg_class'::regclass
             AND EXISTS (SELECT FROM pg_class c WHERE c.oid = s.objid AND c.relpersistence = 't'))`;

/** How much `from` owns in this database that `to` could not alter. */
export async function ownedApart(
  session: Session,
  { from, to }: Pair,
): Promise<{ readonly owned: number; readonly database: string }> {
  const [row] = await session.rows(ownedSchema, OWNED, [quoteName(from), quoteName(to)]);
  return { owned: row === undefined || row.may ? 0 : row.owned, database: row?.database ?? "" };
}

export async function assertOwnsNothing(
  session: Session,
  pair: Pair,
  owner: string | undefined,
): Promise<void> {
  const { owned, database } = await ownedApart(session, pair);
  if (owned === 0) return;
  throw new RotationError("rights-not-carried", {
    kind: "rejected",
    message: `${pair.from} owns ${owned} objects in the database ${database}, which ${pair.to} could not alter`,
    hint: givingAway(pair.from, owner),
  });
}

export function givingAway(from: string, owner: string | undefined): string {
  const [giver, taker] = [quoteName(from), owner === undefined ? "OWNER" : quoteName(owner)];
  const first =
    owner === undefined ? "Make a role OWNER without login and name it as the issuer's `owner`. " : "";
  return `${first}Run \`GRANT ${taker} TO ${giver}; REASSIGN OWNED BY ${giver} TO ${taker}\` there, at a quiet time.`;
}
