import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeProbe, type ProbeWorld } from "./describe-probe.ts";
import { contextWith } from "./reload/context.ts";
import type { Probe } from "../../src/domain/ports.ts";
import { tls } from "../../src/probes/tls.ts";
import { createAuthority, type ServerCertificate } from "../../src/sandbox/tls/authority.ts";

const CANARY = "canary-in-a-subject-77af";
const DAY_MS = 86_400_000;
const signal = new AbortController().signal;
const SEVENTH = { secret: "api", version: 7, marker: "keyturn:api:run1.1" };

interface TlsWorld extends ProbeWorld {
  connectWith(settings: object): Promise<Probe>;
  show(certificate: ServerCertificate): string;
}

const now = Date.now();
const known = createAuthority("known", now);
const unknown = createAuthority(CANARY, now);

/** A server that is trusted, until it shows another authority's certificate. */
async function startWorld(): Promise<TlsWorld> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-tls-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, known.caPem);
  const server = createServer((socket) => socket.on("error", () => undefined));
  server.on("tlsClientError", () => undefined);
  /** Gives the certificate's fingerprint. */
  const show = ({ certPem: cert, keyPem: key }: ServerCertificate): string => {
    server.setSecureContext({ cert, key });
    return new X509Certificate(cert).fingerprint256;
  };
  show(known.issueServer());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connectWith = (settings: object): Promise<Probe> =>
    tls.connect(
      tls.schema.parse({ kind: "tls", host: "127.0.0.1", port, caFile, every: "10ms", ...settings }),
      contextWith(),
    );
  return {
    connectWith,
    show,
    connect: (within) => connectWith({ within }),
    async pass() {
      show(known.issueServer());
    },
    async fail() {
      show(unknown.issueServer(["127.0.0.1", CANARY]));
    },
    async nextLook() {
      await once(server, "connection");
    },
    async breakFarSide() {
      server.close();
    },
    evidence: "probed",
    seen: "a certificate that is not trusted",
    canary: CANARY,
    async close() {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describeProbe("tls", startWorld);

describe("tls", () => {
  let world: TlsWorld;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.close());

  async function verdict(settings: object): Promise<string> {
    const probe = await world.connectWith({ within: "50ms", ...settings });
    return probe.probe(SEVENTH, signal).catch((thrown: unknown) => String(thrown));
  }

  it("the certificate must carry the name that is asked for", async () => {
    world.show(known.issueServer(["app.test"]));
    expect(await verdict({ servername: "app.test" })).toBe("probed");
    expect(await verdict({ servername: "other.test" })).toContain("for other names");
    expect(await verdict({})).toContain("for other names");
  });

  it("the one certificate that a fingerprint names passes, whoever signed it, and no other does", async () => {
    const fingerprint = world.show(unknown.issueServer());
    expect(await verdict({ fingerprint })).toBe("probed");
    expect(await verdict({ fingerprint: fingerprint.replaceAll(":", "").toLowerCase() })).toBe("probed");
    world.show(known.issueServer());
    expect(await verdict({ fingerprint })).toContain("another certificate");
  });

  it("it must be valid for as long as is asked", async () => {
    expect(await verdict({ minDays: 29 })).toBe("probed");
    expect(await verdict({ minDays: 31 })).toMatch(/expires in (29|30) days/);
  });

  it("one that has expired, or is not valid yet, does not pass even by its fingerprint", async () => {
    const old = world.show(createAuthority("old", now - 60 * DAY_MS).issueServer());
    expect(await verdict({ fingerprint: old })).toContain("has expired");
    const early = world.show(createAuthority("early", now + 60 * DAY_MS).issueServer());
    expect(await verdict({ fingerprint: early })).toContain("not valid yet");
  });
});

it.each([
  ["host", { host: "" }],
  ["port", { port: 0 }],
  ["fingerprint", { fingerprint: "AA:BB" }],
  ["minDays", { minDays: -1 }],
])("names the key %j when it is wrong: %j", (key, settings) => {
  const parsed = tls.schema.safeParse({ kind: "tls", host: "h", ...settings });
  expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([key]);
});
