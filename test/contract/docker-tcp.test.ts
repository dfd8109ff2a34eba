/** A Docker engine behind tcp://, with and without TLS in both directions. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import {
  createConnection,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { clockOf } from "./docker-secret/connect.ts";
import { refusal } from "./target-scene.ts";
import { createDockerClient } from "../../src/connections/docker/client.ts";
import { startDockerStandIn } from "../stand-ins/docker/stand-in.ts";
import { createAuthority, selfSignedClient } from "../../src/sandbox/tls/authority.ts";

const signal = new AbortController().signal;
const now = Date.now();
const authority = createAuthority("engine CA", now);
const administrator = selfSignedClient("keyturn", now);
const stranger = selfSignedClient("stranger", now);

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-tcp-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  return folder;
}

/** A stand-in with one secret, and a port in front of it; `makeServer` says what the port speaks. */
async function listen(makeServer: (serve: (near: Socket) => void) => Server): Promise<string> {
  const folder = await folderOf({});
  const engine = await startDockerStandIn({ socket: join(folder, "docker.sock"), clock: clockOf(1) });
  onTestFinished(() => engine.close());
  engine.swarm.createSecret("seen", {}, "content");
  const server = makeServer((near) => {
    const far = createConnection(join(folder, "docker.sock"));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const)
      socket.on("error", () => other.destroy()).pipe(other);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const plain = (serve: (near: Socket) => void): Server => createTcpServer(serve);

function mutual(serve: (near: Socket) => void): Server {
  const { certPem, keyPem } = authority.issueServer();
  const server = createTlsServer(
    { cert: certPem, key: keyPem, ca: administrator.certPem, requestCert: true },
    serve,
  );
  return server.on("tlsClientError", () => undefined);
}

const FILES = { "ca.pem": authority.caPem, "cert.pem": administrator.certPem, "key.pem": administrator.pem };
const PATHS = { caFile: "${TLS}/ca.pem", certFile: "${TLS}/cert.pem", keyFile: "${TLS:-/nowhere}/key.pem" };

it("reads over tcp without TLS, whatever DOCKER_HOST says", async () => {
  const host = await listen(plain);
  process.env["DOCKER_HOST"] = "tcp://127.0.0.1:1";
  onTestFinished(() => {
    delete process.env["DOCKER_HOST"];
  });
  const client = createDockerClient({ kind: "docker", host }, {});
  expect((await client.swarm.objects("secrets", signal)).map(({ Spec }) => Spec.Name)).toEqual(["seen"]);
});

it("reads over TLS with a certificate of its own", async () => {
  const host = await listen(mutual);
  const client = createDockerClient({ kind: "docker", host, tls: PATHS }, { TLS: await folderOf(FILES) });
  expect(await client.swarm.objects("secrets", signal)).toHaveLength(1);
});

it("does not talk to an engine that another authority vouches for", async () => {
  const host = await listen(mutual);
  const folder = await folderOf({ ...FILES, "ca.pem": createAuthority("another CA", now).caPem });
  const client = createDockerClient({ kind: "docker", host, tls: PATHS }, { TLS: folder });
  expect(await refusal(client.swarm.objects("secrets", signal))).toMatchObject({
    code: "tls-untrusted",
    kind: "rejected",
  });
});

it("is told when the engine does not take its certificate", async () => {
  const host = await listen(mutual);
  const folder = await folderOf({ ...FILES, "cert.pem": stranger.certPem, "key.pem": stranger.pem });
  const client = createDockerClient({ kind: "docker", host, tls: PATHS }, { TLS: folder });
  expect((await refusal(client.swarm.objects("secrets", signal))).code).not.toBe("internal");
});

it("names the TLS file that cannot be read", async () => {
  const folder = await folderOf({ "ca.pem": authority.caPem });
  const client = createDockerClient(
    { kind: "docker", host: "tcp://127.0.0.1:1", tls: PATHS },
    { TLS: folder },
  );
  const error = await refusal(client.swarm.objects("secrets", signal));
  expect([error.code, error.kind]).toEqual(["config-not-found", "rejected"]);
  expect(error.message).toMatch(/(cert|key)\.pem \(ENOENT\)/);
});

it("knows other engines by their nodes' names", () => {
  const client = createDockerClient(
    { kind: "docker", host: "unix:///a", nodes: { two: "tcp://two:2376" } },
    {},
  );
  expect([client.engine().host, client.engine("two").host]).toEqual(["unix:///a", "tcp://two:2376"]);
  expect(() => client.engine("three")).toThrow(expect.objectContaining({ code: "config-invalid" }));
});
