/** Whose turn it is, and what becomes of the one before. */
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { SecretValue } from "../../src/domain/material.ts";
import type { Created } from "../../src/domain/version.ts";
import { calm, failureOf, issue, marker } from "../contract/issuer/scene.ts";
import { inspected } from "../contract/inspect.ts";
import { probePostgres } from "./postgres/probe-postgres.ts";
import { ADMIN, handOver, issuerOf, startRoleWorld, type RoleWorld } from "./postgres/role-world.ts";
import { startPostgres, SUPERUSER, type PostgresServer } from "./postgres/start-postgres.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("PostgreSQL", probePostgres);

describeEngine(engine, "roles that take turns", () => {
  let server: PostgresServer;
  let world: RoleWorld;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close(), 60_000);
  beforeEach(async () => {
    world = await startRoleWorld(server);
  });
  afterEach(() => world.close());

  const alternating = (...roles: readonly string[]): ReturnType<typeof issuerOf> =>
    issuerOf(world.connection, { mode: "alternating-users", roles });

  it("a pair is full while both live, and the free one is next", async () => {
    const issuer = await alternating("app_a", "app_b");
    const [first, second] = [await issue(issuer, 1), await issue(issuer, 2)];
    expect([roleOf(first), roleOf(second)]).toEqual(["app_a", "app_b"]);
    expect(await failureOf(() => issue(issuer, 3))).toMatchObject({ code: "too-many-credentials" });
    await issuer.revoke(first.credential, calm());
    expect(roleOf(await issue(issuer, 3))).toBe("app_a");
  });

  it("a version that is long gone is not revoked in its successor", async () => {
    const issuer = await alternating("app_a", "app_b");
    const first = await issue(issuer, 1);
    await issuer.revoke(first.credential, calm());
    const third = await issue(issuer, 3);
    expect(roleOf(third)).toBe(roleOf(first));
    await issuer.revoke(first.credential, calm(), { endSessions: true });
    await expect(issuer.verify(third, calm())).resolves.toBeUndefined();
  });

  it("an attempt takes over what an earlier one may have done, and a late one takes nothing back", async () => {
    const issuer = await alternating("app_a", "app_b");
    const material = await issuer.generate?.(calm());
    if (material === undefined) throw new Error("chooses nothing");
    await issuer.create({ marker: marker(1), material }, calm());
    const { credential } = await issuer.create({ marker: marker(2), material }, calm());
    expect(await issuer.find(marker(1), calm())).toEqual([]);
    const late = await failureOf(() => issuer.create({ marker: marker(1), material }, calm()));
    expect(late.code).toBe("too-many-credentials");
    expect(await world.live()).toEqual([credential.id]);
  });

  it("a role that others use is left alone, until it is named", async () => {
    await server.query("CREATE ROLE app_a LOGIN PASSWORD 'made by hand'");
    await handOver(server, "app_a");
    const issuer = await alternating("app_a", "app_b");
    expect(roleOf(await issue(issuer, 1))).toBe("app_b");
    expect(await failureOf(() => issue(issuer, 2))).toMatchObject({ code: "too-many-credentials" });
    await issuer.revoke({ id: "app_a", marker: null }, calm());
    expect(await server.signIn("app_a", "made by hand")).not.toBeNull();
    expect(roleOf(await issue(issuer, 2))).toBe("app_a");
  });

  it("sessions go on when a version is revoked, and end when that is asked for", async () => {
    const issuer = await alternating("app_a", "app_b");
    const version = await issue(issuer, 1);
    const session = await sessionOf(server, version);
    await issuer.revoke(version.credential, calm());
    expect(await session.query("SELECT 1")).toMatchObject({ rowCount: 1 });
    const ended = new Promise<void>((resolve) => void session.once("end", resolve));
    await issuer.revoke(version.credential, calm(), { endSessions: true });
    await ended;
  });

  it("one role is overwritten: the one before dies at once", async () => {
    await server.query("CREATE ROLE app_a LOGIN PASSWORD 'made by hand'");
    await handOver(server, "app_a");
    const settings = { mode: "single-user", role: "app_a" };
    const refused = await issuerOf(world.connection, settings);
    expect(await failureOf(() => issue(refused, 1))).toMatchObject({ code: "role-in-use", kind: "rejected" });
    const issuer = await issuerOf(world.connection, { ...settings, adopt: ["app_a"] });
    const first = await issue(issuer, 1);
    expect(await server.signIn("app_a", "made by hand")).toBe("28P01");
    const second = await issue(issuer, 2);
    await issuer.revoke(first.credential, calm());
    await issuer.revoke({ id: "app_a", marker: null }, calm());
    await expect(issuer.verify(second, calm())).resolves.toBeUndefined();
    expect(await failureOf(() => issue(issuer, 1))).toMatchObject({ code: "role-in-use" });
  });

  it("keyturn does not overwrite the role that it is signed in as, nor close it", async () => {
    const single = await issuerOf(world.connection, { mode: "single-user", role: ADMIN, adopt: [ADMIN] });
    expect(await failureOf(() => issue(single, 1))).toMatchObject({ code: "role-in-use" });
    const pair = await alternating(ADMIN, "app_b");
    const error = await failureOf(() => pair.revoke({ id: ADMIN, marker: null }, calm()));
    expect(error).toMatchObject({ code: "in-use-unexpectedly", kind: "rejected" });
    await expect(pair.list(calm())).resolves.toHaveLength(1);
  });

  it("a server that asks for no password proves none", async () => {
    await server.query("CREATE ROLE open_door LOGIN");
    const issuer = await issuerOf(world.connection, { mode: "single-user", role: "open_door" });
    const byName = (name: string): Created => ({
      ref: { secret: "x", version: 1, marker: marker(1) },
      credential: { id: name, marker: null },
      material: { username: SecretValue.fromText(name), password: SecretValue.fromText("whatever") },
      createdAt: 0,
      notAfter: null,
    });
    expect(await failureOf(() => issuer.verify(byName("open_door"), calm()))).toMatchObject({
      code: "unexpected-answer",
      kind: "rejected",
    });
    await server.query("DROP ROLE open_door");
  });

  it("two at once do not give one role to two versions", async () => {
    const issuer = await alternating("app_a", "app_b");
    const orders = await Promise.all([1, 2].map(async () => (await issuer.generate?.(calm())) ?? {}));
    const made = await Promise.allSettled(
      orders.map((material, at) => issuer.create({ marker: `keyturn:db:0${at}.1`, material }, calm())),
    );
    expect(made.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await world.live()).toHaveLength(1);
  });

  it("a role that may not do what it must is told of by the doctor", async () => {
    await server.query(
      `REVOKE pg_signal_backend FROM ${ADMIN}; CREATE ROLE app_a LOGIN SUPERUSER PASSWORD 'by hand'`,
    );
    const issuer = await alternating("app_a", "app_b");
    const findings = await inspected(issuer);
    const told = findings.map(({ check, result }) => `${check}: ${result}`);
    expect(told).toContain("may-manage: failed");
    expect(told).toContain("end-sessions: inferred");
    expect(told).toContain("role: failed");
    const own = await inspected(world.connection);
    expect(own.map(({ check, result }) => `${check}: ${result}`)).toEqual([
      "reachable: proved",
      "signed-in: proved",
      "engine-version: proved",
      "own-credential: proved",
      "may-manage: inferred",
    ]);
    await server.query(
      `ALTER ROLE ${ADMIN} NOCREATEROLE VALID UNTIL '${new Date(Date.now() + 864e5).toISOString()}'`,
    );
    const later = await inspected(world.connection);
    expect(later.filter(({ result }) => result === "failed").map(({ check }) => check)).toEqual([
      "own-credential",
      "may-manage",
    ]);
  });
});

function roleOf({ material }: Created): string {
  return material["username"]?.reveal((text) => text) ?? "";
}

/** Somebody who signed in before. */
async function sessionOf({ host, port }: PostgresServer, { material }: Created): Promise<Client> {
  const part = (name: string): string => material[name]?.reveal((text) => text) ?? SUPERUSER;
  const client = new Client({
    host,
    port,
    user: part("username"),
    password: part("password"),
    database: "postgres",
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}
