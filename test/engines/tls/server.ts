/** TLS servers as they run on hosts, started by hand in a folder of the test's own. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";

export interface TlsServer {
  readonly port: number;
  /** What the target names as its files. */
  readonly files: Readonly<Record<string, object>>;
  /** How it is told to read them again. */
  readonly reload: readonly object[];
  stop(): Promise<void>;
}

export interface ServerKind {
  readonly name: string;
  /** Throws an Error that says what is missing. */
  probe(): void;
  /** `tls` holds the files already. */
  start(folder: string): Promise<TlsServer>;
  /** From the next reload on its configuration is wrong. */
  breakConfig(folder: string): void;
}

const PAIR = {
  "fullchain.pem": { content: "{fullchain}", mode: "0444" },
  "privkey.pem": { content: "{key}", mode: "0400" },
} as const;

const nginx: ServerKind = {
  name: "nginx",
  probe: () => assertRuns("nginx", ["-v"]),
  async start(folder) {
    const port = await freePort();
    for (const each of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, each));
    writeFileSync(
      join(folder, "nginx.conf"),
      `user root; daemon off; worker_processes 2; pid nginx.pid; error_log error.log;
events {}
http {
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  access_log off;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/tls/fullchain.pem;
    ssl_certificate_key ${folder}/tls/privkey.pem;
    return 200 ok;
  }
}
`,
    );
    const options = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")];
    const child = spawn("nginx", options, { stdio: "ignore" });
    await untilServed(port, child);
    return {
      port,
      files: PAIR,
      reload: [
        { kind: "exec", command: ["nginx", "-t", "-q", ...options] },
        { kind: "signal", pidFile: join(folder, "nginx.pid") },
      ],
      stop: () => stop(child),
    };
  },
  breakConfig: (folder) => writeFileSync(join(folder, "nginx.conf"), "this is no configuration;\n"),
};

const haproxy: ServerKind = {
  name: "haproxy",
  probe: () => assertRuns("haproxy", ["-v"]),
  async start(folder) {
    const port = await freePort();
    const file = join(folder, "haproxy.cfg");
    const pidFile = join(folder, "haproxy.pid");
    writeFileSync(
      file,
      `global
  stats socket ${folder}/stats.sock mode 600 level admin expose-fd listeners
  maxconn 200
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend web
  bind 127.0.0.1:${port} ssl crt ${folder}/tls/site.pem
  http-request return status 200
`,
    );
    const child = spawn("haproxy", ["-W", "-f", file, "-p", pidFile], { stdio: "ignore" });
    await untilServed(port, child);
    return {
      port,
      files: { ...PAIR, "site.pem": { content: "{fullchain}{key}", mode: "0400" } },
      reload: [
        { kind: "exec", command: ["haproxy", "-c", "-q", "-f", file] },
        { kind: "signal", pidFile, signal: "SIGUSR2" },
      ],
      stop: () => stop(child),
    };
  },
  breakConfig: (folder) => writeFileSync(join(folder, "haproxy.cfg"), "this is no configuration\n"),
};

const node: ServerKind = {
  name: "a Node.js server",
  probe: () => undefined,
  async start(folder) {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "tls-server-child.ts"), folder, String(port)],
      {
        stdio: "ignore",
      },
    );
    await untilServed(port, child);
    return {
      port,
      files: PAIR,
      // Not the reload `signal`: it compares the process's age with the wall clock, which a test may move.
      reload: [{ kind: "exec", command: ["/bin/kill", "-HUP", String(child.pid)] }],
      stop: () => stop(child),
    };
  },
  breakConfig: (folder) => writeFileSync(join(folder, "deaf"), ""),
};

export const serverKinds = [nginx, haproxy, node];

async function untilServed(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    const isUp = await once(socket, "secureConnect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
    await sleep(30);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function assertRuns(program: string, args: readonly string[]): void {
  const { error } = spawnSync(program, args);
  if (error !== undefined) throw error;
}
