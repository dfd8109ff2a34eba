import { z } from "zod";
import { quoteName } from "../../../connections/postgres/quote.ts";
import type { Session } from "../../../connections/postgres/session.ts";
import type { Pair } from "../carry-over.ts";

const STATEMENTS = `
  SELECT format('ALTER POLICY %I ON %s TO %s', polname, polrelid::regclass,
                (SELECT string_agg(role::regrole::text, ', ') FROM unnest(polroles || $2::regrole::oid) role)) AS statement
  FROM pg_policy WHERE $1::regrole::oid = ANY(polroles) AND NOT $2::regrole::oid = ANY(polroles)`;

/** Row security policies that name the role name the other one, too. */
export async function carryPolicies(session: Session, { from, to }: Pair): Promise<void> {
  const schema = z.object({ statement: z.string() });
  const rows = await session.rows(schema, STATEMENTS, [quoteName(from), quoteName(to)]);
  for (const { statement } of rows) await session.run(statement);
}
