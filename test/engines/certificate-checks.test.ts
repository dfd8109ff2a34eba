/** `cert check` against a real PostgreSQL, which changes to TLS in its own way, and a config in a real swarm. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { probePostgres, serverUser } from "./postgres/probe-postgres.ts";
import { startPostgres, type PostgresServer } from "./postgres/start-postgres.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";
import { OpensslAuthority } from "../pki/openssl.ts";

const KEYTURN = join(import.meta.dirname, "../../bin/keyturn");
const folder = mkdtempSync(join(tmpdir(), "keyturn-test-"));
let ca: OpensslAuthority;

beforeAll(() => {
  ca = new OpensslAuthority(folder);
  ca.leaf("db");
});

afterAll(() => rmSync(folder, { recursive: true }));

async function check(...args: readonly string[]) {
  const child = spawn(KEYTURN, ["cert", "check", ...args, "--trust", ca.path("root.pem"), "--json"]);
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  await once(child, "close");
  const { targets } = JSON.parse(out) as {
    readonly targets: readonly {
      readonly error: { readonly message: string } | null;
      readonly findings: readonly { readonly rule: string }[];
    }[];
  };
  return targets.map(({ error, findings }) => error?.message ?? findings.map(({ rule }) => rule));
}

const postgres = await requireEngine("postgresql", probePostgres);

describeEngine(postgres, "a real PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close(), 60_000);

  /** As somebody would deploy it: files, settings, a reload. */
  async function serve(certificates: string): Promise<void> {
    const [cert, key] = ["server.crt", "server.key"].map((name) => join(server.folder, name));
    if (cert === undefined || key === undefined) throw new Error("no paths");
    copyFileSync(ca.path(certificates), cert);
    copyFileSync(ca.path("db.key"), key);
    if (process.getuid?.() === 0) execFileSync("chown", [serverUser(), cert, key]);
    await server.query(`ALTER SYSTEM SET ssl_cert_file = '${cert}'`);
    await server.query(`ALTER SYSTEM SET ssl_key_file = '${key}'`);
    await server.query("ALTER SYSTEM SET ssl = on");
    await server.query("SELECT pg_reload_conf()");
    while ((await server.query("SHOW ssl"))[0]?.["ssl"] !== "on");
  }

  it("without TLS says so, and with TLS shows its chain", { timeout: 60_000 }, async () => {
    const target = [`127.0.0.1:${server.port}`, "--starttls", "postgres"];
    expect(await check(...target)).toEqual([expect.stringContaining("it has no TLS") as string]);
    await serve("db-chain.pem");
    expect(await check(...target)).toEqual([[]]);
    expect(await check(`postgres://127.0.0.1:${server.port}`)).toEqual([[]]);
    await serve("db.pem");
    await expect.poll(() => check(...target), { timeout: 20_000 }).toEqual([["missing-intermediate"]]);
  });
});

const docker = await requireEngine("docker", probeDocker);

describeEngine(docker, "a config in a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  it("is judged like a file, by the connection that leads to it", { timeout: 60_000 }, async () => {
    await swarm.docker(["config", "create", "chain", ca.path("db-chain.pem")]);
    await swarm.docker(["config", "create", "leaf-alone", ca.path("db.pem")]);
    const config = ca.path("keyturn.yaml");
    mkdirSync(ca.path("schedules"));
    writeFileSync(
      config,
      `state: { dir: ./state, sealKeyFile: ./seal.key }\nschedules: ./schedules\nconnections: { swarm: { kind: docker, host: "${swarm.host}" } }\n`,
    );
    const named = ["docker-config:chain", "docker-config:swarm/leaf-alone", "docker-config:none"];
    expect(await check(...named, "--config", config)).toEqual([
      [],
      ["missing-intermediate"],
      expect.stringContaining("there is no config none") as string,
    ]);
  });
});
