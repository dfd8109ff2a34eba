/** `keyturn cert` as installed: what a person sees, what a script reads, and a daemon that scans by itself. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { listening } from "../contract/certificates/stand-ins.ts";
import { OpensslAuthority } from "../pki/openssl.ts";
import { tempFolder } from "../temp-folder.ts";

const KEYTURN = join(import.meta.dirname, "../../bin/keyturn");
const folder = mkdtempSync(join(tmpdir(), "keyturn-test-"));
let ca: OpensslAuthority;

beforeAll(() => {
  ca = new OpensslAuthority(folder);
  ca.leaf("shop", { more: "authorityInfoAccess=caIssuers;URI:http://ca.example.com/issuing.cer\n" });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Asynchronous, since the servers that are checked are in this process. */
async function keyturn(...args: readonly string[]) {
  const child = spawn(KEYTURN, args, { env: { PATH: process.env["PATH"], NO_COLOR: "1" } });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  const [code] = (await once(child, "close")) as [number];
  return { code, out: out.join(""), err: err.join("") };
}

describe("cert check", () => {
  it("is quiet about a good chain and its key, exit 0", async () => {
    const { code, out, err } = await keyturn(
      "cert",
      "check",
      ca.path("shop-chain.pem"),
      "--key",
      ca.path("shop.key"),
      "--trust",
      ca.path("root.pem"),
      "--name",
      "localhost",
    );
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("shop-chain.pem  ok  CN=shop.example.com and 1 more, expires in 59d");
    expect(out).toContain("2 targets: 2 ok, 0 with findings, 0 failed; 0 errors, 0 warnings, 0 notices.");
  });

  it("says which certificate, which rule, where it is written and what mends it, exit 1", async () => {
    const { code, out } = await keyturn("cert", "check", ca.path("shop.pem"), "--trust", ca.path("root.pem"));
    const told = out.replaceAll(/\s+/g, " ");
    expect(code).toBe(1);
    expect(told).toMatch(
      /ERROR missing-intermediate: certificate 1 of 1, CN=shop\.example\.com \(serial [0-9a-f]+, SHA-256 [0-9a-f]{16}…\)/,
    );
    expect(told).toContain("[RFC 8446 4.4.2, RFC 5246 7.4.2]");
    expect(told).toContain("to be had at http://ca.example.com/issuing.cer (AIA)");
    expect(told).toContain("served alone refused");
  });

  it("judges a server by the name that it is asked for, as one JSON document", async () => {
    const server = createServer({ cert: ca.read("shop-chain.pem"), key: ca.read("shop.key") });
    const port = await listening(server.on("tlsClientError", () => {}));
    const good = await keyturn(
      "cert",
      "check",
      `127.0.0.1:${port}`,
      "--trust",
      ca.path("root.pem"),
      "--json",
    );
    expect(JSON.parse(good.out)).toMatchObject({
      summary: { targets: 1, ok: 1, errors: 0 },
      targets: [{ target: `127.0.0.1:${port}`, kind: "endpoint", alone: { ok: true }, findings: [] }],
    });
    const bad = await keyturn(
      "cert",
      "check",
      `127.0.0.1:${port}`,
      "--name",
      "other.example.com",
      "--trust",
      ca.path("root.pem"),
      "--json",
    );
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({
      targets: [
        {
          target: `127.0.0.1:${port} as other.example.com`,
          findings: [{ rule: "name-matches", certificate: { position: 0 } }],
        },
      ],
    });
  });

  it("judges as of another time", async () => {
    const year = new Date(Date.now() + 365 * 86_400_000).toISOString();
    const { code, out } = await keyturn(
      "cert",
      "check",
      ca.path("shop-chain.pem"),
      "--trust",
      ca.path("root.pem"),
      "--at",
      year,
      "--json",
    );
    expect(code).toBe(1);
    expect(
      (JSON.parse(out) as { targets: { findings: { rule: string }[] }[] }).targets[0]?.findings,
    ).toMatchObject([{ rule: "expired" }]);
  });

  it.each([
    { args: ["no-such-file"], message: "there is no such file, and it is no host:port" },
    { args: [".", "--at", "tomorrow"], message: "--at tomorrow is no time" },
    { args: [".", "--timeout", "9y"], message: "--timeout 9y is no duration" },
    { args: ["docker-config:x", "--config", "/nowhere/keyturn.yaml"], message: "/nowhere/keyturn.yaml" },
  ])("exits 2 for a command line that makes no sense: $args", async ({ args, message }) => {
    const { code, err } = await keyturn("cert", "check", ...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message) as string]);
  });
});

/** A configuration that scans one folder. */
function configured(): { readonly file: string; readonly looked: string } {
  const base = tempFolder();
  const looked = join(base, "tls");
  mkdirSync(looked);
  spawnSync(KEYTURN, ["init", base]);
  rmSync(join(base, "schedules"), { recursive: true });
  mkdirSync(join(base, "schedules"));
  const file = join(base, "keyturn.yaml");
  writeFileSync(file, `state: { dir: ./state, sealKeyFile: ./seal.key }\nschedules: ./schedules\n`);
  writeFileSync(
    join(base, "schedules/certificates.yaml"),
    `scans:\n  local: { files: [./tls], trust: ["${ca.path("root.pem")}"] }\n`,
  );
  writeFileSync(join(looked, "shop.pem"), ca.read("shop-chain.pem"));
  writeFileSync(join(looked, "shop.key"), ca.read("shop.key"), { mode: 0o600 });
  return { file, looked };
}

describe("cert scan", () => {
  it("journals what is new, tells it once, and clears it when it is over", async () => {
    const { file, looked } = configured();
    const scan = async () => {
      const { code, out } = await keyturn("cert", "scan", "--json", "--config", file);
      const { open, appeared, cleared } = JSON.parse(out) as Record<string, { rule: string }[]>;
      return [code, ...[open, appeared, cleared].map((list) => list?.map(({ rule }) => rule))];
    };
    expect(await scan()).toEqual([0, [], [], []]);
    chmodSync(join(looked, "shop.key"), 0o644);
    expect(await scan()).toEqual([1, ["key-private"], ["key-private"], []]);
    expect(await scan()).toEqual([1, ["key-private"], [], []]);
    chmodSync(join(looked, "shop.key"), 0o600);
    expect(await scan()).toEqual([0, [], [], ["key-private"]]);
  });

  it("is what a daemon does by itself", async () => {
    const { file, looked } = configured();
    chmodSync(join(looked, "shop.key"), 0o644);
    const daemon = spawn(KEYTURN, ["daemon", "--config", file], { env: { PATH: process.env["PATH"] } });
    onTestFinished(() => void daemon.kill("SIGKILL"));
    let log = "";
    await new Promise<void>((resolve) => {
      daemon.stdout.setEncoding("utf8").on("data", (text: string) => {
        log += text;
        if (log.includes("certificate-finding")) resolve();
      });
    });
    expect(log).toContain("everybody on this machine may read the private key");
    daemon.kill("SIGTERM");
    expect((await once(daemon, "exit"))[0]).toBe(0);
  });
});

describe("cert list", () => {
  it("lists by expiry what the scans look at, and who has it", async () => {
    const { file, looked } = configured();
    writeFileSync(join(looked, "copy.pem"), ca.read("shop-chain.pem"));
    const { code, out } = await keyturn("cert", "list", "--json", "--all", "--config", file);
    expect(code).toBe(0);
    const { certificates } = JSON.parse(out) as {
      certificates: { subject: string; places: { target: string }[] }[];
    };
    expect(certificates.map(({ subject }) => subject)).toEqual(["CN=shop.example.com", "CN=Test Issuing"]);
    expect(certificates[0]?.places.map(({ target }) => target)).toEqual([
      join(looked, "copy.pem"),
      join(looked, "shop.pem"),
    ]);
    const people = await keyturn("cert", "list", "--config", file);
    expect(people.out).toMatch(
      /^in 59d +localhost \+1 {2}P-256, by CN=Test Issuing, until \d{4}-\d\d-\d\d\n/,
    );
  });
});
