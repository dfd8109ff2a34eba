import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeProbe, type ProbeWorld } from "./describe-probe.ts";
import { contextWith } from "./reload/context.ts";
import { testAuthority, type IssuedFiles } from "../pki/authority.ts";
import type { Json, Probe } from "../../src/domain/ports.ts";
import { certificate } from "../../src/probes/certificate.ts";

const CANARY = "canary-77af.test";
const signal = new AbortController().signal;
const SEVENTH = { secret: "web", version: 7, marker: "keyturn:web:run1.1" };
const NAMES = ["localhost", "127.0.0.1", "app.test"];

const pki = testAuthority("Known");
const staging = testAuthority("Staging");
const deployed = pki.issue({ names: NAMES });

interface Replica {
  readonly port: number;
  show(files: { readonly fullchain: string; readonly key: string }): void;
  /** Resolves at the next connection. */
  asked(): Promise<void>;
  close(): void;
}

async function startReplica(files: IssuedFiles): Promise<Replica> {
  const options = { cert: files.fullchain, key: files.key };
  const server: Server = createServer(options, (socket) => socket.on("error", () => undefined));
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    show: ({ fullchain: cert, key }) => server.setSecureContext({ cert, key }),
    async asked() {
      await once(server, "connection");
    },
    close: () => void server.close(),
  };
}

interface Fleet extends ProbeWorld {
  readonly replicas: readonly Replica[];
  connectWith(settings: object): Promise<Probe>;
}

async function startFleet(): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-fleet-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, pki.root);
  const replicas = [await startReplica(deployed), await startReplica(deployed)];
  const [first, second] = replicas;
  const addresses = replicas.map(({ port }) => `127.0.0.1:${port}`);
  const connectWith = (settings: object): Promise<Probe> =>
    certificate.connect(
      certificate.schema.parse({
        kind: "certificate",
        host: "127.0.0.1",
        addresses,
        caFile,
        every: "10ms",
        ...settings,
      }),
      contextWith(),
    );
  return {
    replicas,
    connectWith,
    // The contract knows no credentials; the one that is deployed is what it would be told.
    async connect(within) {
      const probe = await connectWith({ within });
      const { id } = probe;
      return {
        id,
        probe: (version, stop) => probe.probe(version, stop, refTo(deployed)),
        inspect: (around, stop) => probe.inspect?.(around, stop) ?? Promise.resolve([]),
      };
    },
    pass: async () => first?.show(deployed),
    fail: async () => first?.show(staging.issue({ names: ["127.0.0.1", CANARY] })),
    async nextLook() {
      await first?.asked();
    },
    async breakFarSide() {
      second?.close();
    },
    evidence: "in-use",
    seen: "a chain that a fresh client does not trust",
    canary: CANARY,
    async close() {
      for (const replica of replicas) replica.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function refTo({ fingerprint }: IssuedFiles): { readonly id: string; readonly marker: null } {
  return { id: fingerprint, marker: null };
}

describeProbe("certificate", startFleet);

describe("certificate", () => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet();
  });
  afterEach(() => fleet.close());

  async function verdict(settings: object = {}, files = deployed): Promise<string> {
    const probe = await fleet.connectWith({ within: "50ms", ...settings });
    return probe.probe(SEVENTH, signal, refTo(files)).catch((thrown: unknown) => String(thrown));
  }

  it("proves the very certificate, for every name, on every replica", async () => {
    expect(await verdict({ names: NAMES })).toBe("in-use");
    expect(await verdict({ names: [...NAMES, "other.test"] })).toMatch(/as other\.test: .*name-matches/);
    fleet.replicas[1]?.show(pki.issue({ names: NAMES }));
    expect(await verdict()).toMatch(
      new RegExp(`127.0.0.1:${fleet.replicas[1]?.port} as 127.0.0.1: another certificate`),
    );
  });

  it("a chain that a fresh client cannot complete does not pass, though the leaf is right", async () => {
    for (const replica of fleet.replicas) replica.show({ ...deployed, fullchain: deployed.certificate });
    expect(await verdict()).toMatch(/issuer, RFC 5280.*\(and 1 more\)/);
  });

  it("nor one of an authority that is not trusted", async () => {
    const other = staging.issue({ names: NAMES });
    for (const replica of fleet.replicas) replica.show(other);
    expect(await verdict({}, other)).toMatch(/does not trust \(issuer, /);
  });

  it("a version that is no certificate is refused, not waited for", async () => {
    const probe = await fleet.connectWith({ within: "1h" });
    await expect(probe.probe(SEVENTH, signal)).rejects.toMatchObject({ code: "probe-failed" });
  });

  it("sees again what it saw, and nothing else", async () => {
    const probe = await fleet.connectWith({ within: "50ms", names: NAMES });
    const sighting = (await probe.sight?.(signal)) ?? null;
    await probe.seenAgain?.(sighting, signal);
    fleet.replicas[0]?.show(pki.issue({ names: NAMES }));
    await expect(probe.seenAgain?.(sighting, signal)).rejects.toThrow("not the certificate from before");
    fleet.replicas[0]?.show(deployed);
    await probe.seenAgain?.(sighting, signal);
  });

  it("who did not answer before need not afterwards; where nobody did, nothing was seen", async () => {
    const gone = fleet.replicas[1];
    gone?.close();
    const probe = await fleet.connectWith({ within: "50ms" });
    const sighting: Json = (await probe.sight?.(signal)) ?? null;
    expect(sighting).not.toBeNull();
    await probe.seenAgain?.(sighting, signal);
    fleet.replicas[0]?.close();
    expect(await probe.sight?.(signal)).toBeNull();
    await expect(probe.seenAgain?.(sighting, signal)).rejects.toThrow("ECONNREFUSED");
  });

  it("looks at every address of a name", async () => {
    const [replica] = fleet.replicas;
    const settings = { host: "localhost", addresses: "all", port: replica?.port };
    const told = await verdict(settings);
    // An address of the other family has nobody listening.
    expect(told === "in-use" || told.includes("[::1]")).toBe(true);
  });
});

it.each([
  ["host", { host: "" }],
  ["port", { port: 0 }],
  ["names", { names: [] }],
  ["addresses", { addresses: "some" }],
  ["addresses", { addresses: ["a b"] }],
  ["profile", { profile: "none" }],
])("names the key %j when it is wrong: %j", (key, settings) => {
  const parsed = certificate.schema.safeParse({ kind: "certificate", host: "h", ...settings });
  expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([key]);
});
