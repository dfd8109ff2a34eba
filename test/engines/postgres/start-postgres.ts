/** A PostgreSQL server of our own: a folder, a socket and a port that nobody else has. It writes down every statement. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import { binaries, serverUser } from "./probe-postgres.ts";

export interface PostgresServer {
  /** The socket's folder. */
  readonly host: string;
  readonly port: number;
  /** Everything below it is the server's: data, log, socket. */
  readonly folder: string;
  /** Major version. */
  readonly release: number;
  /** Runs as the superuser, whom the server takes without a password. */
  query(text: string, values?: readonly unknown[], database?: string): Promise<readonly Row[]>;
  /** Whether somebody may sign in so; the SQLSTATE when not. */
  signIn(user: string, password: string, database?: string): Promise<string | null>;
  /** Runs it as somebody with a password; the SQLSTATE when it fails. */
  as(
    who: { readonly username: string; readonly password: string },
    database: string,
    text: string,
  ): Promise<string | null>;
  log(): string;
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, unknown>>;

export const SUPERUSER = "super";

/** A superuser without a password is for the tests alone; everybody else must prove one. */
const HBA = `local all ${SUPERUSER} trust
local all open_door trust
local all all scram-sha-256
hostssl all by_certificate 127.0.0.1/32 cert
host all by_certificate 127.0.0.1/32 reject
host all in_plain_text 127.0.0.1/32 password
host all by_md5 127.0.0.1/32 md5
host all all 127.0.0.1/32 scram-sha-256
`;

export interface PostgresOptions {
  /** PEM: what the server shows, and who may sign in with a certificate. Without it the server speaks no TLS. */
  readonly tls?: { readonly certPem: string; readonly keyPem: string; readonly clientCaPem: string };
}

export async function startPostgres({ tls }: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-postgres-"));
  chmodSync(folder, 0o755);
  const [data, log] = [join(folder, "data"), join(folder, "log")];
  mkdirSync(data, { mode: 0o700 });
  const port = await freePort();
  for (const [name, pem] of [
    ["cert", tls?.certPem],
    ["key", tls?.keyPem],
    ["ca", tls?.clientCaPem],
  ] as const)
    if (pem !== undefined) writeFileSync(join(folder, `${name}.pem`), pem, { mode: 0o600 });
  if (process.getuid?.() === 0) execFileSync("chown", ["-R", serverUser(), folder]);
  run(join(binaries(), "initdb"), [
    "--no-sync",
    "--auth=trust",
    `--username=${SUPERUSER}`,
    "--encoding=UTF8",
    "-D",
    data,
  ]);
  writeFileSync(join(data, "pg_hba.conf"), HBA);
  appendFileSync(join(data, "postgresql.conf"), settings(folder, port, tls !== undefined));
  const child = start(data, log);
  const connect = (options: ClientConfig): ClientConfig => ({
    host: folder,
    port,
    database: "postgres",
    ...options,
  });
  const query: PostgresServer["query"] = (text, values = [], database = "postgres") =>
    ask(connect({ user: SUPERUSER, password: "none", database }), text, values);
  await ready(child, () => query("SELECT 1"), log);
  const [version] = await query("SHOW server_version_num");
  return {
    host: folder,
    port,
    folder,
    release: Math.floor(Number(version?.["server_version_num"]) / 10_000),
    query,
    signIn: (user, password, database = "postgres") =>
      stateOf(ask(connect({ user, password, database }), "SELECT 1", [])),
    as: ({ username: user, password }, database, text) =>
      stateOf(ask(connect({ user, password, database }), text, [])),
    log: () => readFileSync(log, "utf8"),
    close: () => stop(child, folder),
  };
}

function settings(folder: string, port: number, hasTls: boolean): string {
  const tls = `ssl = on
ssl_cert_file = '${folder}/cert.pem'
ssl_key_file = '${folder}/key.pem'
ssl_ca_file = '${folder}/ca.pem'`;
  return `${hasTls ? tls : ""}
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '${folder}'
max_connections = 60
fsync = off
log_statement = all
log_min_duration_statement = 0
log_min_error_statement = debug5
log_connections = on
`;
}

/** As somebody who is not root, and gone when the test run is killed. */
function asServer(program: string, args: readonly string[]): readonly [string, readonly string[]] {
  const user = process.getuid?.() === 0 ? ["--reuid", serverUser(), "--clear-groups"] : [];
  return ["setpriv", [...user, "--pdeathsig", "KILL", program, ...args]];
}

function run(program: string, args: readonly string[]): void {
  const [command, all] = asServer(program, args);
  execFileSync(command, [...all], {
    stdio: "ignore",
    cwd: "/",
    env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8" },
  });
}

function start(data: string, log: string): ChildProcess {
  const [command, all] = asServer(join(binaries(), "postgres"), ["-D", data]);
  const into = openSync(log, "a");
  return spawn(command, [...all], { stdio: ["ignore", into, into], cwd: "/", env: { LC_ALL: "C.UTF-8" } });
}

async function ready(child: ChildProcess, ask: () => Promise<unknown>, log: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`PostgreSQL ended before it listened:\n${readFileSync(log, "utf8").slice(-2_000)}`);
    const answer = await ask().then(
      () => true,
      () => false,
    );
    if (answer) return;
    await sleep(20);
  }
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    // Fast: whoever is still connected is told to go.
    child.kill("SIGINT");
    await once(child, "exit");
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

async function ask(config: ClientConfig, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const client = new Client(config);
  client.on("error", () => {});
  try {
    await client.connect();
    const result: { rows?: readonly Row[] } = await (values.length === 0
      ? client.query(text)
      : client.query(text, [...values]));
    return result.rows ?? [];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function stateOf(asking: Promise<unknown>): Promise<string | null> {
  return asking.then(
    () => null,
    (thrown: unknown) => (thrown as { code?: string }).code ?? String(thrown),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
