/** A role with all that can be given to one, and what another one has of it. */
import { ADMIN, handOver } from "./role-world.ts";
import type { PostgresServer, Row } from "./start-postgres.ts";

export const [MAIN, SIDE] = ["shop", "side shop"] as const;
export const OWNER = "app_owner";

/** Everything belongs to a role of which keyturn's own is a member: that is how it may grant. */
export async function setUpShops(server: PostgresServer): Promise<void> {
  await server.query(
    `CREATE ROLE ${OWNER} NOLOGIN; CREATE ROLE app_readers NOLOGIN; CREATE ROLE app_writers NOLOGIN`,
  );
  await server.query(`CREATE ROLE app_audit NOLOGIN; GRANT ${OWNER} TO ${ADMIN} WITH ADMIN OPTION`);
  await handOver(server, "app_readers", "app_writers");
  // Nobody gives what he does not have.
  await server.query(`ALTER ROLE ${ADMIN} CREATEDB`);
  // Who is no superuser sets what PostgreSQL does not know only by leave.
  await server.query(`GRANT SET ON PARAMETER my.words TO ${ADMIN}`);
  for (const database of [MAIN, SIDE]) {
    await server.query(`CREATE DATABASE "${database}" OWNER ${OWNER}`);
    await server.query(OBJECTS, [], database);
  }
}

export async function tearDownShops(server: PostgresServer): Promise<void> {
  for (const database of [MAIN, SIDE])
    await server.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
}

const OBJECTS = `
  SET ROLE ${OWNER};
  CREATE SCHEMA "Odd Schema";
  CREATE TABLE "Odd Schema".orders (id int, note text);
  CREATE TABLE "Odd Schema".people (id int, name text, secret text);
  CREATE SEQUENCE "Odd Schema".numbers;
  CREATE FUNCTION "Odd Schema".twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
  CREATE DOMAIN "Odd Schema".amount AS int;
  REVOKE ALL ON FUNCTION "Odd Schema".twice(int) FROM PUBLIC;
  REVOKE ALL ON DOMAIN "Odd Schema".amount FROM PUBLIC;
  ALTER TABLE "Odd Schema".orders ENABLE ROW LEVEL SECURITY;
  SELECT lo_create(4711);`;

/** As a person would have done it in the course of time. */
export async function giveEverything(server: PostgresServer, role: string): Promise<void> {
  await server.query(`ALTER ROLE ${role} CREATEDB NOINHERIT CONNECTION LIMIT 7 VALID UNTIL '2099-01-01'`);
  await server.query(`GRANT app_readers TO ${role}; GRANT app_writers TO ${role} WITH ADMIN OPTION`);
  await server.query(`ALTER ROLE ${role} SET search_path = "$user", "Odd Schema", public`);
  await server.query(`ALTER ROLE ${role} SET my.words = 'it''s \\ "odd"'`);
  await server.query(`ALTER ROLE ${role} IN DATABASE "${MAIN}" SET statement_timeout = '5s'`);
  for (const database of [MAIN, SIDE]) await server.query(grants(role, database), [], database);
}

function grants(role: string, database: string): string {
  return `
    SET ROLE ${OWNER};
    GRANT CONNECT, TEMPORARY ON DATABASE "${database}" TO ${role};
    GRANT USAGE ON SCHEMA "Odd Schema" TO ${role};
    GRANT SELECT, INSERT ON "Odd Schema".orders TO ${role};
    GRANT UPDATE ON "Odd Schema".orders TO ${role} WITH GRANT OPTION;
    GRANT SELECT (id, name) ON "Odd Schema".people TO ${role};
    GRANT USAGE ON SEQUENCE "Odd Schema".numbers TO ${role};
    GRANT EXECUTE ON FUNCTION "Odd Schema".twice(int) TO ${role};
    GRANT USAGE ON DOMAIN "Odd Schema".amount TO ${role};
    GRANT SELECT ON LARGE OBJECT 4711 TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA "Odd Schema" GRANT SELECT ON TABLES TO ${role};
    CREATE POLICY own_rows ON "Odd Schema".orders TO ${role} USING (id < 100);
    RESET ROLE;
    ALTER DEFAULT PRIVILEGES FOR ROLE ${role} GRANT SELECT ON TABLES TO app_audit;
    ALTER DEFAULT PRIVILEGES FOR ROLE ${role} REVOKE EXECUTE ON ROUTINES FROM PUBLIC;`;
}

/** Equal for two roles that may do the same. */
export async function rightsOf(server: PostgresServer, role: string): Promise<readonly (readonly Row[])[]> {
  const whole = await server.query(WHOLE, [role]);
  const settings = await server.query(SETTINGS, [role]);
  const memberships = await server.query(MEMBERSHIPS, [role]);
  const inEach = [MAIN, SIDE].flatMap((database) => [
    server.query(IN_DATABASE, [role], database),
    server.query(DEFAULTS, [role], database),
  ]);
  return [whole, settings, memberships, ...(await Promise.all(inEach))];
}

const WHOLE = `SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit,
  rolvaliduntil::text AS until FROM pg_roles WHERE rolname = $1`;
const SETTINGS = `SELECT setdatabase::int AS database, unnest(setconfig) AS setting FROM pg_db_role_setting
  WHERE setrole = $1::regrole ORDER BY 1, 2`;
const MEMBERSHIPS = `SELECT g.rolname, admin_option FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid
  WHERE member = $1::regrole ORDER BY 1`;
const IN_DATABASE = `SELECT
  has_table_privilege($1, '"Odd Schema".orders', 'SELECT') AS selects,
  has_table_privilege($1, '"Odd Schema".orders', 'INSERT') AS inserts,
  has_table_privilege($1, '"Odd Schema".orders', 'UPDATE WITH GRANT OPTION') AS updates,
  has_table_privilege($1, '"Odd Schema".orders', 'DELETE') AS deletes,
  has_column_privilege($1, '"Odd Schema".people', 'name', 'SELECT') AS sees_names,
  has_column_privilege($1, '"Odd Schema".people', 'secret', 'SELECT') AS sees_secrets,
  has_sequence_privilege($1, '"Odd Schema".numbers', 'USAGE') AS counts,
  has_function_privilege($1, '"Odd Schema".twice(int)', 'EXECUTE') AS doubles,
  has_type_privilege($1, '"Odd Schema".amount', 'USAGE') AS types,
  has_schema_privilege($1, 'Odd Schema', 'USAGE') AS uses,
  has_database_privilege($1, current_database(), 'TEMPORARY') AS stores,
  (SELECT count(*)::int FROM pg_largeobject_metadata, aclexplode(lomacl) WHERE grantee = $1::regrole) AS reads,
  (SELECT count(*)::int FROM pg_policy WHERE $1::regrole = ANY(polroles)) AS policies`;
const DEFAULTS = `SELECT CASE WHEN defaclrole = $1::regrole THEN 'own' ELSE defaclrole::regrole::text END AS maker,
    defaclnamespace::int AS schema, defaclobjtype AS of, privilege_type AS may,
    CASE WHEN grantee = $1::regrole THEN 'own' WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS who
  FROM pg_default_acl, aclexplode(defaclacl)
  WHERE defaclrole = $1::regrole OR grantee = $1::regrole ORDER BY 1, 2, 3, 4, 5`;
