/** 1,000 servers on loopback through `cert check`, beside the blackbox exporter and a bare Node client, in the same run. */
import { fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { median, ms, type Row } from "../table.ts";
import { pem } from "../write-leaves.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { authority, day, leaf, NOW } from "../../test/unit/certificates/fixtures/issue.ts";

const COUNT = 1_000;
const SIDE_BY_SIDE = 64;
const ROUNDS = 3;
const EXPORTER = "prometheus-blackbox-exporter";
const KEYTURN = fileURLToPath(new URL("../../bin/keyturn", import.meta.url));
const SERVERS = fileURLToPath(new URL("../tls-servers.ts", import.meta.url));

export async function certificateEndpoints(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  const { cert, key, root } = writeChain(folder);
  const servers = fork(SERVERS, [cert, key, String(COUNT)]);
  try {
    const [ports] = (await once(servers, "message")) as [number[]];
    // In turns, so that whatever else the machine does is shared by all three.
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++)
      rounds.push({
        bare: await withBareClient(ports),
        exporter: await withExporter(ports, folder),
        ours: await check(ports, root),
      });
    return rowsOf(rounds);
  } finally {
    servers.disconnect();
    rmSync(folder, { recursive: true });
  }
}

interface Round {
  readonly ours: number;
  readonly exporter: number | null;
  readonly bare: number;
}

function rowsOf(rounds: readonly Round[]): readonly Row[] {
  const ours = median(rounds.map((round) => round.ours));
  const row = (against: string, theirs: number, isAim: boolean): Row => ({
    what: `${COUNT} endpoints`,
    keyturn: ms(ours),
    against: `${against} ${ms(theirs)}`,
    ratio: `${(ours / theirs).toFixed(2)} times`,
    aim: isAim ? "no slower" : "–",
    met: !isAim || ours <= theirs,
  });
  const exporter = rounds.flatMap((round) => round.exporter ?? []);
  return [
    ...(exporter.length === 0 ? [] : [row("blackbox exporter", median(exporter), true)]),
    row("bare Node client", median(rounds.map((round) => round.bare)), false),
  ];
}

function writeChain(folder: string): { readonly cert: string; readonly key: string; readonly root: string } {
  const today = (Date.now() - NOW) / DAY_MS;
  const long = { notBefore: day(today - 100), notAfter: day(today + 2_000) };
  const [root, paths] = [authority("Root", long), ["cert", "key", "root"].map((name) => join(folder, name))];
  const issuing = authority("Issuing", { by: root, ...long });
  const end = leaf("localhost", issuing, { notBefore: day(today - 10), notAfter: day(today + 80) });
  const [cert = "", key = "", trust = ""] = paths;
  writeFileSync(cert, pem(end) + pem(issuing));
  writeFileSync(key, end.key.privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(trust, pem(root));
  return { cert, key, root: trust };
}

/** Start of the process included. It exits 0 only when every chain was found good. */
async function check(ports: readonly number[], root: string): Promise<number> {
  const targets = ports.map((port) => `127.0.0.1:${port}`);
  const args = ["cert", "check", ...targets, "--name", "localhost", "--trust", root, "--json"];
  const begin = performance.now();
  const child = spawn(KEYTURN, args, { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error(`cert check exited ${code}`);
  return performance.now() - begin;
}

function withBareClient(ports: readonly number[]): Promise<number> {
  return timedForAll(ports, async (port) => {
    const socket = connect({ host: "127.0.0.1", port, servername: "localhost", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    if (socket.getPeerX509Certificate() === undefined) throw new Error("no certificate was shown");
    socket.destroy();
  });
}

/** `null` where it is not installed. */
async function withExporter(ports: readonly number[], folder: string): Promise<number | null> {
  if (spawnSync("sh", ["-c", `command -v ${EXPORTER}`], { stdio: "ignore" }).status !== 0) return null;
  const config = join(folder, "blackbox.yml");
  writeFileSync(
    config,
    `modules: { tls: { prober: tcp, timeout: 10s, tcp: { tls: true, tls_config: { ca_file: ${join(folder, "root")}, server_name: localhost } } } }\n`,
  );
  const listen = `127.0.0.1:${await freePort()}`;
  const exporter = spawn(EXPORTER, [`--config.file=${config}`, `--web.listen-address=${listen}`], {
    stdio: "ignore",
  });
  try {
    while (!(await fetch(`http://${listen}/-/healthy`).catch(() => null))?.ok) await sleep(20);
    return await timedForAll(ports, async (port) => {
      const answer = await fetch(`http://${listen}/probe?module=tls&target=127.0.0.1:${port}`);
      if (!(await answer.text()).includes("probe_success 1")) throw new Error("the exporter's probe failed");
    });
  } finally {
    exporter.kill();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function timedForAll(ports: readonly number[], look: (port: number) => Promise<void>): Promise<number> {
  const begin = performance.now();
  const queue = ports.values();
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (const port of queue) await look(port);
    }),
  );
  return performance.now() - begin;
}
