/** keyturn's own standing at a PostgreSQL server, as `doctor` tells it. */
import { z } from "zod";
import { failed, failedBy, inferred, proved, type Finding } from "../../domain/check.ts";
import { RotationError } from "../../domain/errors.ts";
import { DAY_MS, formatDuration } from "../../domain/time.ts";
import type { PostgresConnection } from "./postgres-connection.ts";

/** SCRAM verifiers, and the catalogs that are read here. */
const OLDEST = 14;
const EXPIRY_WARNING_MS = 14 * DAY_MS;

const ownSchema = z.object({
  version: z.int(),
  release: z.string(),
  role: z.string(),
  is_superuser: z.boolean(),
  makes_roles: z.boolean(),
  /** Null for ever. */
  left_ms: z.number().nullable(),
  is_replica: z.boolean(),
});

type Own = z.output<typeof ownSchema>;

const OWN = `
  SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS release,
         rolname AS role, rolsuper AS is_superuser, rolcreaterole AS makes_roles, pg_is_in_recovery() AS is_replica,
         CASE WHEN isfinite(rolvaliduntil) THEN extract(epoch FROM rolvaliduntil - now())::float8 * 1000 END AS left_ms
  FROM pg_roles WHERE rolname = session_user`;

export async function inspectPostgres(
  connection: PostgresConnection,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { host } = connection;
  const read = await connection
    .session({ what: "read keyturn's own role" }, signal, (session) => session.rows(ownSchema, OWN))
    .catch((thrown: unknown) => {
      // Whoever refuses a sign-in answers; anything else leaves nothing to be said.
      if (thrown instanceof RotationError && thrown.code === "admin-credential-refused") return thrown;
      throw thrown;
    });
  const answered = proved("reachable", `${host} answers`);
  if (read instanceof RotationError) return [answered, failedBy("signed-in", read)];
  const [own] = read;
  if (own === undefined) return [answered];
  return [
    answered,
    proved("signed-in", `keyturn signs in as ${own.role}, to the database ${connection.database}`),
    release(own),
    expiry(own),
    mayMakeRoles(own),
  ];
}

function release({ version, release: text, is_replica }: Own): Finding {
  const told = `PostgreSQL ${text}`;
  if (Math.floor(version / 10_000) < OLDEST)
    return failed("engine-version", `${told} is too old`, `Upgrade to PostgreSQL ${OLDEST} or newer.`);
  if (is_replica) {
    const hint = "Point the connection's host at the primary.";
    return failed("engine-version", `${told}, a replica: it takes no changes`, hint);
  }
  return proved("engine-version", told);
}

function expiry({ role, left_ms: leftMs }: Own): Finding {
  if (leftMs === null) return proved("own-credential", `the password of ${role} does not expire`);
  const told = `the password of ${role} expires in ${formatDuration(leftMs)}`;
  if (leftMs > EXPIRY_WARNING_MS) return proved("own-credential", told);
  return failed(
    "own-credential",
    told,
    `Rotate it: docs/databases.md says how, or \`ALTER ROLE … VALID UNTIL\`.`,
  );
}

function mayMakeRoles({ role, is_superuser, makes_roles, version }: Own): Finding {
  if (is_superuser)
    return inferred(
      "may-manage",
      `${role} is a superuser, which is more than rotations need`,
      "docs/databases.md says which rights are enough.",
    );
  if (!makes_roles) {
    const hint = `\`ALTER ROLE ${role} CREATEROLE\`.`;
    return failed("may-manage", `${role} may not change other roles: it lacks CREATEROLE`, hint);
  }
  const needs = version >= 160_000 ? "; each role to rotate also needs ADMIN OPTION" : "";
  return inferred("may-manage", `${role} has CREATEROLE${needs}; only changing a role proves it`);
}
