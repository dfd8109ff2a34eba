import { z } from "zod";
import { quoteName, quoteText } from "../../../connections/postgres/quote.ts";
import type { Session } from "../../../connections/postgres/session.ts";
import type { Pair } from "../carry-over.ts";

const WORDS = {
  rolsuper: "SUPERUSER",
  rolinherit: "INHERIT",
  rolcreaterole: "CREATEROLE",
  rolcreatedb: "CREATEDB",
  rolreplication: "REPLICATION",
  rolbypassrls: "BYPASSRLS",
} as const;

const attributesSchema = z.object({
  rolname: z.string(),
  rolsuper: z.boolean(),
  rolinherit: z.boolean(),
  rolcreaterole: z.boolean(),
  rolcreatedb: z.boolean(),
  rolreplication: z.boolean(),
  rolbypassrls: z.boolean(),
  rolconnlimit: z.int(),
  valid_until: z.string(),
});

type Attributes = z.output<typeof attributesSchema>;

/** Only what differs is named: naming some attributes takes a superuser, even to say that they stay as they are. */
export async function carryAttributes(
  session: Session,
  { from, to }: Pair,
  keepsExpiry: boolean,
): Promise<void> {
  const rows = await session.rows(
    attributesSchema,
    `SELECT *, coalesce(rolvaliduntil, 'infinity')::text AS valid_until FROM pg_roles WHERE rolname = ANY($1)`,
    [[from, to]],
  );
  const [source, target] = [from, to].map((name) => rows.find((row) => row.rolname === name));
  if (source === undefined || target === undefined) return;
  const changes = changesFor(source, target, keepsExpiry);
  if (changes.length > 0) await session.run(`ALTER ROLE ${quoteName(to)} ${changes.join(" ")}`);
}

function changesFor(source: Attributes, target: Attributes, keepsExpiry: boolean): readonly string[] {
  const words = Object.entries(WORDS) as [keyof typeof WORDS, string][];
  return [
    ...words
      .filter(([key]) => source[key] !== target[key])
      .map(([key, word]) => (source[key] ? word : `NO${word}`)),
    ...(source.rolconnlimit === target.rolconnlimit ? [] : [`CONNECTION LIMIT ${source.rolconnlimit}`]),
    ...(!keepsExpiry || source.valid_until === target.valid_until
      ? []
      : [`VALID UNTIL ${quoteText(source.valid_until)}`]),
  ];
}
