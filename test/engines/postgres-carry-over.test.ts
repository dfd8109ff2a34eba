/** What the role that takes its turn has of the one before. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { calm, failureOf, issue, marker } from "../contract/issuer/scene.ts";
import { inspected } from "../contract/inspect.ts";
import { findCanary } from "../canary.ts";
import type { Issuer } from "../../src/domain/ports.ts";
import type { Created } from "../../src/domain/version.ts";
import { probePostgres } from "./postgres/probe-postgres.ts";
import { giveEverything, MAIN, OWNER, rightsOf, setUpShops, SIDE, tearDownShops } from "./postgres/rights.ts";
import { ADMIN, handOver, issuerOf, startRoleWorld, type RoleWorld } from "./postgres/role-world.ts";
import { startPostgres, type PostgresServer } from "./postgres/start-postgres.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("PostgreSQL", probePostgres);

describeEngine(engine, "rights that go from role to role", () => {
  let server: PostgresServer;
  let world: RoleWorld;
  let issuer: Issuer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close(), 60_000);
  beforeEach(async () => {
    world = await startRoleWorld(server);
    await setUpShops(server);
    issuer = await issuerOf(world.connection, { mode: "alternating-users", roles: ["app_a", "app_b"] });
  });
  afterEach(async () => {
    await tearDownShops(server);
    await world.close();
  });

  const madeByHand = async (): Promise<void> => {
    await server.query("CREATE ROLE app_a LOGIN PASSWORD 'made by hand'");
    await handOver(server, "app_a");
  };

  it("the second role may do what the first one may, in every database, and nothing more", async () => {
    await madeByHand();
    await giveEverything(server, "app_a");
    const { username, password } = namesOf(await issue(issuer, 1));
    expect(username).toBe("app_b");
    const rights = await rightsOf(server, "app_b");
    expect(rights).toEqual(await rightsOf(server, "app_a"));
    expect(rights[3]).toMatchObject([
      { selects: true, updates: true, sees_names: true, doubles: true, policies: 1 },
    ]);
    expect(rights[3]).toMatchObject([{ deletes: false, sees_secrets: false }]);
    expect(await server.signIn("app_b", password, SIDE)).toBeNull();
    // It was a member while it needed to be, and is none now.
    const [member] = await server.query(`SELECT pg_has_role('${ADMIN}', 'app_b', 'USAGE') AS is`);
    expect(member).toEqual({ is: false });
  });

  it("what changes between two turns is carried over with the next one; a setting that went goes", async () => {
    await server.query(`ALTER ROLE ${ADMIN} SET search_path = public`);
    await issue(issuer, 1);
    const second = await issue(issuer, 2);
    await issuer.revoke(second.credential, calm());
    await server.query(`ALTER ROLE app_b SET work_mem = '1MB'`);
    await giveEverything(server, "app_a");
    await issue(issuer, 3);
    expect(await rightsOf(server, "app_b")).toEqual(await rightsOf(server, "app_a"));
  });

  it("what a role sets for itself cannot become a statement of keyturn's", async () => {
    await madeByHand();
    const evil = `x'; ALTER ROLE app_a SUPERUSER; --`;
    await server.query(
      `DO $$ BEGIN PERFORM set_config('search_path', 'public;drop, "a "" b", ''q''', true);
       ALTER ROLE app_a SET search_path FROM CURRENT; END $$`,
    );
    await server.query(`ALTER ROLE app_a SET my.words = '${evil.replaceAll("'", "''")}'`);
    await issue(issuer, 1);
    const [, settings = []] = await rightsOf(server, "app_b");
    expect(settings.map(({ setting }) => setting)).toEqual([
      `my.words=${evil}`,
      `search_path="public;drop", "a "" b", "'q'"`,
    ]);
    expect(await server.query("SELECT rolname FROM pg_roles WHERE rolsuper AND rolname LIKE 'app%'")).toEqual(
      [],
    );
  });

  it("what the first one owns is not taken away from it: the rotation is refused, and says what to do", async () => {
    await madeByHand();
    await server.query(`CREATE TABLE mine (id int); ALTER TABLE mine OWNER TO app_a`, [], SIDE);
    const error = await failureOf(() => issue(issuer, 1));
    expect(error).toMatchObject({ code: "rights-not-carried", kind: "rejected" });
    expect(error.message).toContain(`app_a owns 1 objects in the database ${SIDE}`);
    expect(await world.live()).toEqual(["app_a"]);
    const settings = { mode: "alternating-users", roles: ["app_a", "app_b"], database: SIDE };
    const findings = await inspected(await issuerOf(world.connection, settings));
    expect(findings).toContainEqual(expect.objectContaining({ check: "rights", result: "failed" }));
    await server.query(`GRANT ${OWNER} TO app_a; REASSIGN OWNED BY app_a TO ${OWNER}`, [], SIDE);
    await expect(issue(issuer, 2)).resolves.toMatchObject({ ref: { version: 2 } });
  });

  it("with an owner, whatever either makes belongs to both", async () => {
    const owned = await issuerOf(world.connection, {
      mode: "alternating-users",
      roles: ["app_a", "app_b"],
      owner: OWNER,
      database: MAIN,
    });
    const first = namesOf(await issue(owned, 1));
    const second = namesOf(await issue(owned, 2));
    const makes = (name: string): string => `CREATE TABLE "Odd Schema".${name} (id int)`;
    expect(await server.as(first, MAIN, makes("of_a"))).toBeNull();
    expect(
      await server.as(second, MAIN, `${makes("of_b")}; ALTER TABLE "Odd Schema".of_a ADD COLUMN more int`),
    ).toBeNull();
    expect(await server.as(first, MAIN, `DROP TABLE "Odd Schema".of_b`)).toBeNull();
  });

  it("what keyturn may not grant is told before anything is switched", async () => {
    await madeByHand();
    await server.query("CREATE TABLE theirs (id int); GRANT SELECT ON theirs TO app_a", [], SIDE);
    const error = await failureOf(() => issue(issuer, 1));
    expect(error).toMatchObject({ kind: "rejected" });
    expect(await world.live()).toEqual(["app_a"]);
  });

  it("what a person wrote on a role stays, above the marker", async () => {
    await issue(issuer, 1);
    const { credential } = await issue(issuer, 2);
    await server.query(`COMMENT ON ROLE app_b IS 'the shop''s second role\n${marker(2)}'`);
    await issuer.revoke(credential, calm());
    const [row] = await server.query(`SELECT shobj_description('app_b'::regrole, 'pg_authid') AS comment`);
    expect(row).toEqual({ comment: "the shop's second role" });
  });

  it("no password is in the server's log, which has every statement", async () => {
    const versions = [await issue(issuer, 1), await issue(issuer, 2)];
    for (const version of versions) await issuer.verify(version, calm());
    await issuer.revoke(versions[1]?.credential ?? { id: "", marker: null }, calm());
    expect(server.log()).toContain("PASSWORD 'SCRAM-SHA-256$4096:");
    for (const version of versions)
      expect(findCanary(Buffer.from(server.log()), namesOf(version).password)).toEqual([]);
  });
});

function namesOf({ material }: Created): { username: string; password: string } {
  const text = (part: string): string => material[part]?.reveal((value) => value) ?? "";
  return { username: text("username"), password: text("password") };
}
