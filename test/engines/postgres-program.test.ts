/** The program, from the doctor's look to the end of a session, on a real server. */
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { faketimeLibrary } from "../e2e/world/world-clock.ts";
import { judgeQuiet, judgeSignIns, readPairJournal } from "./postgres/judge-pair.ts";
import { SECRET, startPairWorld, type PairWorld } from "./postgres/pair-world.ts";
import { probePostgres } from "./postgres/probe-postgres.ts";
import { startPostgres, type PostgresServer } from "./postgres/start-postgres.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("PostgreSQL or libfaketime", () => {
  probePostgres();
  faketimeLibrary();
});

describeEngine(engine, "a database password, by the program", () => {
  let server: PostgresServer;
  let world: PairWorld;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close(), 60_000);
  beforeEach(async () => {
    world = await startPairWorld(server, "an application");
    await server.query("GRANT pg_signal_backend TO keyturn");
  });
  afterEach(() => world.close());

  it("the doctor finds nothing wrong, and says who uses which role", async () => {
    const { stdout } = await world.keyturn("doctor", "--json");
    const { checks } = JSON.parse(stdout) as { checks: readonly Readonly<Record<string, string>>[] };
    const told = checks.filter(({ subject }) => /pg|database/.test(subject ?? ""));
    expect(told.filter(({ result }) => result === "failed")).toEqual([]);
    expect(told.find(({ check }) => check === "role")?.["message"]).toBe(
      "shop_a has a login of others; shop_b is not there yet",
    );
    expect(told.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["signed-in", "engine-version", "rights", "end-sessions"]),
    );
    expect(stdout).not.toContain("made-by-hand");
  });

  it("roles that nobody rotates are found, and proposed with a second one to take turns with", async () => {
    await server.query(
      `CREATE ROLE billing LOGIN; CREATE ROLE billing_b NOLOGIN; CREATE ROLE "odd 'one'" LOGIN`,
    );
    const { code, stdout } = await world.keyturn("adopt", "--discover");
    expect(code).toBe(0);
    const { secrets } = parse(stdout) as { secrets: Readonly<Record<string, { issuer: unknown }>> };
    const proposed = { kind: "postgres-role", connection: "pg", mode: "alternating-users" };
    expect(Object.values(secrets).map(({ issuer }) => issuer)).toEqual([
      { ...proposed, roles: ["billing", "billing_c"], adopt: ["billing"] },
      { ...proposed, roles: ["odd 'one'", "odd 'one'_b"], adopt: ["odd 'one'"] },
    ]);
    writeFileSync(join(world.folder, "schedules", "found.yaml"), stdout);
    expect((await world.keyturn("config", "check")).code).toBe(0);
    await server.query(`DROP ROLE billing; DROP ROLE billing_b; DROP ROLE "odd 'one'"`);
  });

  it("name and password change together; the one before is closed after its overlap, and its sessions stay", async () => {
    expect(await rotated(world)).toBe(0);
    expect(held(world)[0]).toBe("shop_b");
    const [session] = await signedIn(server, held(world));
    expect(await rotated(world)).toBe(4);
    world.clock.advance(2_000);
    expect((await world.keyturn("recover")).code).toBe(0);
    expect(await server.signIn("shop_a", "made-by-hand-before-keyturn-came")).toBe("28P01");
    expect(await rotated(world)).toBe(0);
    expect(held(world)[0]).toBe("shop_a");
    world.clock.advance(2_000);
    expect((await world.keyturn("recover")).code).toBe(0);
    expect(await session.query("SELECT 1")).toMatchObject({ rowCount: 1 });
    await session.end();
    expect([...judgeSignIns(world), ...(await judgeQuiet(world, server))]).toEqual([]);
  });

  it("without an overlap, whoever is signed in with a password before is cut off", async () => {
    await world.close();
    world = await startPairWorld(server, "an application", "1h");
    await server.query("GRANT pg_signal_backend TO keyturn");
    const [, oldestEnded] = await signedIn(server, held(world));
    expect(await rotated(world)).toBe(0);
    const [, olderEnded] = await signedIn(server, held(world));
    // The adopted one is in its overlap, and goes first; then the one that it made room for.
    expect(await rotated(world, "--revoke-now", "--reason", "it leaked")).toBe(0);
    await Promise.all([oldestEnded, olderEnded]);
    expect(held(world)[0]).toBe("shop_a");
    expect([...judgeSignIns(world), ...(await judgeQuiet(world, server))]).toEqual([]);
  });

  it("one role alone: the old password dies, and after a run that failed the next one opens the role again", async () => {
    const schedule = join(world.folder, "schedules", "secrets.yaml");
    const single = (probes: readonly object[]): void => {
      const { policies, secrets } = JSON.parse(readFileSync(schedule, "utf8")) as Written;
      const { roles: _roles, ...rest } = secrets[SECRET]?.issuer ?? {};
      const issuer = { ...rest, mode: "single-user", role: "shop_a" };
      const policy = { ...policies["p"], allowGap: true };
      const secret = { ...secrets[SECRET], issuer, probes };
      writeFileSync(schedule, JSON.stringify({ policies: { p: policy }, secrets: { [SECRET]: secret } }));
    };
    single([{ kind: "tcp", host: "127.0.0.1", port: 1, within: "1s" }]);
    expect(await rotated(world)).toBe(1);
    expect(held(world)).toEqual(["shop_a", "made-by-hand-before-keyturn-came"]);
    expect(await server.signIn(...held(world))).not.toBeNull();
    single([]);
    expect(await rotated(world)).toBe(0);
    expect(await server.signIn(...held(world))).toBeNull();
    world.clock.advance(2_000);
    expect((await world.keyturn("recover")).code).toBe(0);
    expect(await server.signIn(...held(world))).toBeNull();
    expect(await judgeQuiet(world, server)).toEqual([]);
  });

  it("a rollback leads back to the role before, and closes the bad one", async () => {
    expect(await rotated(world)).toBe(0);
    world.clock.advance(2_000);
    await world.keyturn("recover");
    expect(await rotated(world)).toBe(0);
    expect(held(world)[0]).toBe("shop_a");
    expect((await world.keyturn("rollback", SECRET, "--reason", "it does not work")).code).toBe(0);
    expect(held(world)[0]).toBe("shop_b");
    expect(readPairJournal(world).secret).toMatchObject({ current: 1, previous: null });
    expect([...judgeSignIns(world), ...(await judgeQuiet(world, server))]).toEqual([]);
  });
});

interface Written {
  readonly policies: Readonly<Record<string, object>>;
  readonly secrets: Readonly<Record<string, { readonly issuer: Readonly<Record<string, unknown>> }>>;
}

async function rotated(world: PairWorld, ...more: readonly string[]): Promise<number | null> {
  return (await world.keyturn("rotate", "--now", SECRET, ...more)).code;
}

/** Role and password, as the application has them. */
function held({ folder }: PairWorld): readonly [string, string] {
  const [user = "", password = ""] = readFileSync(join(folder, "secrets", "credential"), "utf8").split("\n");
  return [user, password];
}

/** Somebody who signs in now, and the end of that session. */
async function signedIn(
  { host, port }: PostgresServer,
  [user, password]: readonly [string, string],
): Promise<readonly [Client, Promise<void>]> {
  const client = new Client({ host, port, user, password, database: "postgres" });
  client.on("error", () => undefined);
  await client.connect();
  return [client, new Promise((resolve) => void client.once("end", resolve))];
}
