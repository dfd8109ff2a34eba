/** What `ALTER ROLE … [IN DATABASE …] SET` holds. The same on both sides: a setting that is gone at one goes at the other. */
import { z } from "zod";
import { quoteName } from "../../../connections/postgres/quote.ts";
import type { Session } from "../../../connections/postgres/session.ts";
import type { Pair } from "../carry-over.ts";
import { settingValue } from "./setting-value.ts";

const settingSchema = z.object({
  /** Null: in every database. */
  database: z.string().nullable(),
  name: z.string(),
  value: z.string(),
});

type Setting = z.output<typeof settingSchema>;

const SETTINGS = `
  SELECT d.datname AS database, split_part(one, '=', 1) AS name, substr(one, strpos(one, '=') + 1) AS value
  FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase,
       unnest(s.setconfig) AS one
  WHERE r.rolname = $1`;

/** With an `owner`, what the role makes belongs to that: the other roles need not be asked who made it. */
export async function carrySettings(
  session: Session,
  { from, to }: Pair,
  owner: string | undefined,
): Promise<void> {
  const given = await session.rows(settingSchema, SETTINGS, [from]);
  const held = from === to ? given : await session.rows(settingSchema, SETTINGS, [to]);
  const isOwn = ({ database, name }: Setting): boolean => database === null && name === "role";
  const wanted =
    owner === undefined
      ? given
      : [...given.filter((each) => !isOwn(each)), { database: null, name: "role", value: owner }];
  for (const each of wanted) {
    if (held.some((one) => isSame(one, each) && one.value === each.value)) continue;
    await session.run(`${alterOf(to, each)} SET ${nameOf(each)} TO ${settingValue(each.name, each.value)}`);
  }
  for (const each of held) {
    if (!wanted.some((one) => isSame(one, each)))
      await session.run(`${alterOf(to, each)} RESET ${nameOf(each)}`);
  }
}

function isSame(a: Setting, b: Setting): boolean {
  return a.database === b.database && a.name === b.name;
}

function alterOf(role: string, { database }: Setting): string {
  const where = database === null ? "" : ` IN DATABASE ${quoteName(database)}`;
  return `ALTER ROLE ${quoteName(role)}${where}`;
}

/** `my.own` has a part on each side of the dot. */
function nameOf({ name }: Setting): string {
  return name.split(".").map(quoteName).join(".");
}
