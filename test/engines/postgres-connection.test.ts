/** Whom keyturn talks to, and what it tells whom. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { createAuthority, selfSignedClient } from "../../src/sandbox/tls/authority.ts";
import { connectPostgres } from "../../src/connections/postgres/postgres-connection.ts";
import { postgresConnectionSchema } from "../../src/connections/postgres/schema.ts";
import { RotationError } from "../../src/domain/errors.ts";
import { SecretValue } from "../../src/domain/material.ts";
import { systemClock } from "../../src/domain/system-clock.ts";
import { failureOf } from "../contract/issuer/scene.ts";
import { probePostgres } from "./postgres/probe-postgres.ts";
import { startPostgres, type PostgresServer } from "./postgres/start-postgres.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("PostgreSQL", probePostgres);
const PASSWORD = "keyturn-signs-in-with-this";
const calm = new AbortController().signal;

describeEngine(engine, "a connection to PostgreSQL", () => {
  const authority = createAuthority("keyturn test", Date.now());
  const stranger = createAuthority("somebody else", Date.now());
  const client = selfSignedClient("by_certificate", Date.now());
  const folder = mkdtempSync(join(tmpdir(), "keyturn-connection-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({
      tls: { ...authority.issueServer(["127.0.0.1"]), clientCaPem: client.certPem },
    });
    await server.query(
      `CREATE ROLE admin LOGIN CREATEROLE PASSWORD '${PASSWORD}'; CREATE ROLE by_certificate LOGIN`,
    );
    await server.query(`CREATE ROLE in_plain_text LOGIN PASSWORD '${PASSWORD}'`);
    await server.query(`SET password_encryption = 'md5'; CREATE ROLE by_md5 LOGIN PASSWORD '${PASSWORD}'`);
  }, 60_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server.close();
  }, 60_000);

  const connect = async (changes: Readonly<Record<string, unknown>>) => {
    const base = { kind: "postgres", host: "127.0.0.1", port: server.port, timeout: "3s" };
    const own = { user: "admin", passwordFile: file("password", `${PASSWORD}\n`) };
    const config = postgresConnectionSchema.parse({ ...base, ...own, ...changes });
    return connectPostgres(config, { clock: systemClock, env: {} });
  };
  const ask = async (changes: Readonly<Record<string, unknown>> = {}): Promise<string> => {
    const connection = await connect(changes);
    return connection.session({ what: "try" }, calm, async (session) => {
      await session.run("SELECT 1");
      return "answered";
    });
  };

  it("over the socket, over TCP on this machine, and over TLS to whom it trusts", async () => {
    expect(await ask({ host: server.host })).toBe("answered");
    expect(await ask()).toBe("answered");
    expect(await ask({ tls: { caFile: file("ca.pem", authority.caPem) } })).toBe("answered");
  });

  it.each([
    ["is signed by a stranger", "127.0.0.1", stranger.caPem],
    ["is another one's", "localhost", authority.caPem],
  ])("a server whose certificate %s is told nothing", async (_why, host, caPem) => {
    const error = await failureOf(() => ask({ host, tls: { caFile: file("ca.pem", caPem) } }));
    expect(error).toMatchObject({ code: "tls-untrusted", kind: "rejected" });
  });

  it("a server without TLS is told nothing, where TLS is wanted", async () => {
    const plain = await startPostgres();
    const error = await failureOf(() =>
      ask({ port: plain.port, tls: { caFile: file("ca.pem", authority.caPem) } }),
    );
    expect(error).toMatchObject({ code: "tls-untrusted" });
    await plain.close();
  });

  it("signs in with a certificate, without a password", async () => {
    const pem = file("client.pem", client.pem);
    const tls = { caFile: file("ca.pem", authority.caPem), certFile: pem, keyFile: pem };
    expect(await ask({ user: "by_certificate", passwordFile: undefined, tls })).toBe("answered");
  });

  it.each(["in_plain_text", "by_md5"])(
    "a server that wants the password of %s otherwise is not given it",
    async (user) => {
      expect(await failureOf(() => ask({ user }))).toMatchObject({
        code: "unexpected-answer",
        kind: "rejected",
      });
      const connection = await connect({});
      const credential = { user, password: SecretValue.fromText(PASSWORD) };
      expect(await failureOf(() => connection.signIn(credential, "postgres", calm))).toMatchObject({
        code: "unexpected-answer",
      });
    },
  );

  it.each([
    ["a wrong password", { passwordFile: "wrong" }, "admin-credential-refused"],
    ["no file", { passwordFile: "missing" }, "config-not-found"],
    ["an empty file", { passwordFile: "empty" }, "config-invalid"],
    [
      "one line of two",
      { user: undefined, passwordFile: undefined, credentialFile: "wrong" },
      "config-invalid",
    ],
    ["no password where one is asked for", { passwordFile: undefined }, "admin-credential-refused"],
    ["no such database", { database: "nowhere" }, "unexpected-answer"],
    ["no such socket", { host: "/nonexistent" }, "unreachable"],
  ])("%s is told as what it is", async (_what, changes, code) => {
    file("wrong", "not-the-password");
    file("empty", "\n");
    const paths = Object.entries(changes).map(([key, value]) => [
      key,
      key.endsWith("File") && typeof value === "string" ? join(folder, value) : value,
    ]);
    const error = await failureOf(() => ask(Object.fromEntries(paths) as Record<string, unknown>));
    expect(error.code).toBe(code);
    expect(error.message + (error.hint ?? "")).not.toContain("not-the-password");
  });

  it("both of two lines sign in, whatever ends the lines", async () => {
    for (const text of [`admin\n${PASSWORD}`, `admin\r\n${PASSWORD}\r\n`])
      expect(
        await ask({ user: undefined, passwordFile: undefined, credentialFile: file("both", text) }),
      ).toBe("answered");
  });

  it("a server that accepts and says nothing is left when the time is up, or the caller goes", async () => {
    const silence = createServer().listen(0, "127.0.0.1");
    await once(silence, "listening");
    const { port } = silence.address() as AddressInfo;
    expect(await failureOf(() => ask({ port, timeout: "200ms" }))).toMatchObject({
      code: "timeout",
      kind: "transient",
    });
    const connection = await connect({ port });
    const leaving = new AbortController();
    const asking = failureOf(() =>
      connection.session({ what: "try" }, leaving.signal, async () => "answered"),
    );
    silence.once("connection", () => leaving.abort());
    expect(await asking).toMatchObject({ code: "aborted", kind: "transient" });
    silence.close();
  });

  it("a statement that waits for a lock ends with its time, and nothing has happened", async () => {
    const connection = await connect({ host: server.host, timeout: "300ms" });
    const holding = connection.transaction({ what: "hold the lock" }, calm, async () => {
      const second = await failureOf(() =>
        connection.transaction({ what: "wait" }, calm, async () => "never"),
      );
      expect(second.kind).toBe("transient");
      return "held";
    });
    expect(await holding).toBe("held");
  });

  it("acts as the role that it signs in as, whatever that role's settings say", async () => {
    await server.query("CREATE ROLE other; GRANT other TO admin; ALTER ROLE admin SET role = 'other'");
    await server.query("ALTER ROLE admin SET search_path = public");
    const connection = await connect({ host: server.host });
    const text = "SELECT current_user::text AS role, current_setting('search_path') AS path";
    const schema = z.object({ role: z.string(), path: z.string() });
    const rows = await connection.session({ what: "look" }, calm, (session) => session.rows(schema, text));
    expect(rows).toEqual([{ role: "admin", path: "pg_catalog" }]);
    await server.query("ALTER ROLE admin RESET ALL");
  });

  it("what fails inside a transaction leaves nothing behind", async () => {
    const connection = await connect({ host: server.host });
    const failing = connection.transaction({ what: "try" }, calm, async (session) => {
      await session.run("CREATE ROLE gone");
      throw new RotationError("internal", { kind: "invariant", message: "stop" });
    });
    await expect(failing).rejects.toMatchObject({ code: "internal" });
    expect(await server.query("SELECT 1 FROM pg_roles WHERE rolname = 'gone'")).toEqual([]);
  });
});
