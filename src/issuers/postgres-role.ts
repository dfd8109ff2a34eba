/**
 * Passwords of PostgreSQL roles.
 *
 * - Vendor: https://www.postgresql.org/docs/current/sql-alterrole.html
 * - Permissions: `CREATEROLE`; from PostgreSQL 16 on also `ADMIN OPTION` on each role. docs/databases.md has the whole list.
 * - Marker: the last line of the role's comment, set in the transaction that sets the password.
 * - The password never reaches the server: it is given a SCRAM-SHA-256 verifier.
 */
import type { PostgresConnection } from "../connections/postgres/postgres-connection.ts";
import type { IssuerKind } from "../domain/ports.ts";
import { postgresRoleSchema, type PostgresRoleConfig } from "./postgres-role/config.ts";
import { discoverRoles } from "./postgres-role/discover.ts";
import { PostgresRoleIssuer } from "./postgres-role/postgres-role-issuer.ts";

export const postgresRole: IssuerKind<PostgresRoleConfig> = {
  kind: "postgres-role",
  connectionKind: "postgres",
  material: "supplied",
  authenticates: true,
  schema: postgresRoleSchema,
  overlap: ({ mode }) => (mode === "single-user" ? "none" : "dual"),
  adopts: (config) => config.adopt ?? [],
  connect: async (config, _secret, context) =>
    new PostgresRoleIssuer(
      config,
      context.connection<PostgresConnection>("postgres", config.connection),
      context.clock,
    ),
  discover: discoverRoles,
};
