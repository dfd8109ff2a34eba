/** A `postgres-role` issuer in front of a real server: keyturn's own role has no more rights than it needs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  connectPostgres,
  type PostgresConnection,
} from "../../../src/connections/postgres/postgres-connection.ts";
import { postgresConnectionSchema } from "../../../src/connections/postgres/schema.ts";
import type { Issuer } from "../../../src/domain/ports.ts";
import { systemClock } from "../../../src/domain/system-clock.ts";
import { parseMarker } from "../../../src/domain/version.ts";
import { postgresRole } from "../../../src/issuers/postgres-role.ts";
import type { IssuerWorld } from "../../contract/describe-issuer.ts";
import { replacing } from "../../contract/issuer/scene.ts";
import { startWireFaults } from "../../stand-ins/postgres/wire-faults.ts";
import type { PostgresServer } from "./start-postgres.ts";

export const ADMIN = "keyturn";
export const ADMIN_PASSWORD = "the-admin-of-this-test-signs-in-so";
export const ROLES = ["app_a", "app_b", "app_c", "app_d"] as const;
const FOREIGN_PASSWORD = "made-by-hand-before-keyturn-came";

export interface RoleWorld extends IssuerWorld {
  readonly connection: PostgresConnection;
  readonly port: number;
}

export interface RoleWorldOptions {
  /** Changes to the issuer's configuration. */
  readonly issuer?: Readonly<Record<string, unknown>>;
}

/** Every role of an earlier world is gone: markers are the same in each. */
export async function startRoleWorld(
  server: PostgresServer,
  options: RoleWorldOptions = {},
): Promise<RoleWorld> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-roles-"));
  await clear(server);
  await server.query(`CREATE ROLE ${ADMIN} LOGIN CREATEROLE PASSWORD '${ADMIN_PASSWORD}'`);
  await server.query(`GRANT pg_signal_backend TO ${ADMIN}`);
  const wire = await startWireFaults({
    upstream: join(server.host, `.s.PGSQL.${server.port}`),
    admin: ADMIN,
  });
  writeFileSync(join(folder, "password"), `${ADMIN_PASSWORD}\n`, { mode: 0o600 });
  const connection = await connect(wire.port, join(folder, "password"));
  const issuer = await issuerOf(connection, options.issuer);
  const chosen: string[] = [];
  return {
    connection,
    port: wire.port,
    issuer: remembering(issuer, chosen),
    live: () => liveIn(server),
    addForeign: async () => {
      const name = ROLES.at(-1) ?? "";
      await server.query(`CREATE ROLE ${name} LOGIN PASSWORD '${FOREIGN_PASSWORD}'`);
      await handOver(server, name);
      return name;
    },
    fail: (operation, fault) => wire.plan(operation, fault),
    canaries: () => [ADMIN_PASSWORD, FOREIGN_PASSWORD, ...chosen],
    async close() {
      await connection.close();
      await wire.close();
      rmSync(folder, { recursive: true });
      await clear(server);
    },
  };
}

/** From PostgreSQL 16 on, CREATEROLE is for the roles that one has made; others must be handed over. */
export async function handOver(server: PostgresServer, ...roles: readonly string[]): Promise<void> {
  if (server.release < 16) return;
  for (const role of roles)
    await server.query(`GRANT ${role} TO ${ADMIN} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
}

export async function connect(port: number, passwordFile: string): Promise<PostgresConnection> {
  const config = { kind: "postgres", host: "127.0.0.1", port, user: ADMIN, passwordFile, timeout: "5s" };
  return connectPostgres(postgresConnectionSchema.parse(config), { clock: systemClock, env: {} });
}

export function issuerOf(
  connection: PostgresConnection,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<Issuer> {
  const mode = "mode" in changes ? {} : { mode: "alternating-users", roles: ROLES };
  const config = postgresRole.schema.parse({ kind: "postgres-role", connection: "pg", ...mode, ...changes });
  const context = { clock: systemClock, env: {}, connection: <T>() => connection as T };
  return postgresRole.connect(config, "contract", context);
}

function remembering(issuer: Issuer, chosen: string[]): Issuer {
  return replacing(issuer, {
    async generate(signal) {
      const material = (await issuer.generate?.(signal)) ?? {};
      material["password"]?.reveal((text) => chosen.push(text));
      return material;
    },
  });
}

/** What the server's own catalog shows of roles that somebody may sign in as. */
async function liveIn(server: PostgresServer): Promise<readonly string[]> {
  const rows = await server.query(
    `SELECT rolname, shobj_description(oid, 'pg_authid') AS comment FROM pg_authid
     WHERE rolcanlogin AND rolpassword IS NOT NULL AND rolname LIKE 'app%'`,
  );
  return rows.map(({ rolname, comment }) => {
    const last = (typeof comment === "string" ? comment : "").split("\n").at(-1) ?? "";
    return parseMarker(last) === null ? String(rolname) : `${String(rolname)}#${last}`;
  });
}

async function clear(server: PostgresServer): Promise<void> {
  const rows = await server.query(
    "SELECT rolname FROM pg_roles WHERE rolname = $1 OR rolname LIKE 'app%' ORDER BY rolname = $1",
    [ADMIN],
  );
  for (const { rolname } of rows)
    await server.query(`DROP OWNED BY "${String(rolname)}"; DROP ROLE "${String(rolname)}"`);
}
