import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { describeReload, type ReloadWorld } from "./describe-reload.ts";
import { contextWith } from "./reload/context.ts";
import { tempFolder } from "../temp-folder.ts";
import type { Reload } from "../../src/domain/ports.ts";
import { http } from "../../src/reloads/http.ts";
import { createAuthority } from "../../src/sandbox/tls/authority.ts";

const CANARY = "canary-9be01c";
const signal = new AbortController().signal;

function connect(settings: object): Promise<Reload> {
  return http.connect(http.schema.parse({ kind: "http", ...settings }), contextWith());
}

async function startWorld(): Promise<ReloadWorld> {
  const asked: string[] = [];
  let isBroken = false;
  const server = createServer((request, response) => {
    if (isBroken) return void response.writeHead(500, { "x-why": CANARY }).end(CANARY);
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = (path: string): string =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}?key=${CANARY}`;
  const countOf = (path: string): number =>
    asked.filter((each) => each === `POST ${path}?key=${CANARY}`).length;
  return {
    connect: () => connect({ url: at("/own") }),
    connectOther: () => connect({ url: at("/other") }),
    count: async () => countOf("/own"),
    bystanders: async () => asked.length - countOf("/own"),
    async breakProcess() {
      isBroken = true;
    },
    brokenCode: "reload-failed",
    canary: CANARY,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

describeReload("http", startWorld);

/** The port of a server that is gone when the test is over. */
async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

it("only the status that is configured is success, and a redirect is not followed", async () => {
  const port = await serve((request, response) => {
    if (request.url === "/moved") response.writeHead(302, { location: "/ok" }).end();
    else response.writeHead(202).end();
  });
  const at = (path: string, status?: number): Promise<Reload> =>
    connect({ url: `http://127.0.0.1:${port}${path}`, status });
  await (await at("/ok")).reload(signal);
  await (await at("/ok", 202)).reload(signal);
  await expect((await at("/ok", 200)).reload(signal)).rejects.toMatchObject({ kind: "rejected" });
  await expect((await at("/moved")).reload(signal)).rejects.toMatchObject({ code: "reload-failed" });
});

it("a lost answer and one that never comes leave open whether it worked", async () => {
  const port = await serve((request) => {
    if (request.url === "/cut") request.socket.destroy();
  });
  for (const path of ["/cut", "/hang"]) {
    const reload = await connect({ url: `http://127.0.0.1:${port}${path}`, timeout: "100ms" });
    await expect(reload.reload(signal)).rejects.toMatchObject({
      code: "reload-failed",
      kind: "outcome-unknown",
    });
  }
});

it("a server that is not there was not reached", async () => {
  const reload = await connect({ url: "http://127.0.0.1:1/" });
  await expect(reload.reload(signal)).rejects.toMatchObject({ code: "reload-failed", kind: "rejected" });
});

it("the token goes to a server that is trusted, and to no other", async () => {
  const folder = tempFolder();
  const authority = createAuthority("keyturn test", Date.now());
  const { certPem: cert, keyPem: key } = authority.issueServer();
  const got: (string | undefined)[] = [];
  const server = createTlsServer({ cert, key }, (request, response) => {
    got.push(request.headers.authorization);
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const [caFile, tokenFile] = [join(folder, "ca.pem"), join(folder, "token")];
  writeFileSync(caFile, authority.caPem);
  writeFileSync(tokenFile, `${CANARY}\n`);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const untrusting = await connect({ url, tokenFile });
  await expect(untrusting.reload(signal)).rejects.toMatchObject({ code: "reload-failed" });
  expect(got).toEqual([]);
  const reload = await connect({ url, caFile, tokenFile });
  await reload.reload(signal);
  expect(got).toEqual([`Bearer ${CANARY}`]);
  writeFileSync(tokenFile, `${CANARY}\nnot a token`);
  const refusal = await reload.reload(signal).catch((thrown: unknown) => thrown);
  expect(refusal).toMatchObject({ code: "config-invalid", kind: "rejected" });
  expect(String(refusal)).not.toContain(CANARY);
});

it.each([
  ["url", { url: "ftp://host/" }],
  ["url", { url: "http://user:pw@host/" }],
  ["method", { method: "GET" }],
  ["status", { status: 100 }],
  ["tokenFile", { tokenFile: "/token" }],
  ["timeout", { timeout: "soon" }],
])("names the key %j when it is wrong: %j", (key, settings) => {
  const parsed = http.schema.safeParse({ kind: "http", url: "http://host/", ...settings });
  expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([key]);
});
