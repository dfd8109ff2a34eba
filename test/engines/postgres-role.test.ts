/** PostgreSQL roles on a real server. */
import { afterAll, beforeAll } from "vitest";
import { describeIssuer } from "../contract/describe-issuer.ts";
import { postgresRole } from "../../src/issuers/postgres-role.ts";
import { probePostgres } from "./postgres/probe-postgres.ts";
import { startRoleWorld } from "./postgres/role-world.ts";
import { startPostgres, type PostgresServer } from "./postgres/start-postgres.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("PostgreSQL", probePostgres);

describeEngine(engine, "postgres-role on a real server", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close(), 60_000);

  describeIssuer({
    kind: postgresRole,
    goodConfig: {
      kind: "postgres-role",
      connection: "pg",
      mode: "alternating-users",
      roles: ["app_a", "app_b"],
      owner: "app",
      database: "app",
      validFor: "180d",
      settle: "10s",
      adopt: ["app_a"],
    },
    badConfigs: [
      { change: { kind: "postgres" }, path: "kind" },
      { change: { connection: undefined }, path: "connection" },
      { change: { mode: undefined }, path: "mode" },
      { change: { mode: "dual" }, path: "mode" },
      { change: { roles: undefined, adopt: undefined }, path: "roles" },
      { change: { roles: ["app_a"] }, path: "roles" },
      { change: { roles: ["app_a", "app_a"] }, path: "roles" },
      { change: { roles: ["app_a", "x".repeat(64)] }, path: "roles.1" },
      { change: { roles: ["app_a", "app\nb"] }, path: "roles.1" },
      { change: { role: "app" }, path: "role" },
      { change: { owner: "app_b" }, path: "owner" },
      { change: { mode: "single-user", roles: undefined, owner: undefined, adopt: undefined }, path: "role" },
      { change: { mode: "single-user", role: "app_a", owner: undefined }, path: "roles" },
      { change: { mode: "single-user", role: "app_a", roles: undefined }, path: "owner" },
      { change: { database: "" }, path: "database" },
      { change: { validFor: "half a year" }, path: "validFor" },
      { change: { settle: 10 }, path: "settle" },
      { change: { adopt: ["postgres"] }, path: "adopt.0" },
    ],
    start: () => startRoleWorld(server),
  });
});
