/** A certificate that somebody else renews, a server that uses it, and keyturn between the two. */
import { mkdirSync, realpathSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { handshake } from "./handshakes.ts";
import type { ServerKind, TlsServer } from "./server.ts";
import { writeConfig, type Section } from "../../e2e/world/write-config.ts";
import { testAuthority, type IssuedFiles } from "../../pki/authority.ts";
import { renewalFolder, type RenewalFolder } from "../../pki/renewal-folder.ts";
import { kinds } from "../../../src/compose/kinds.ts";
import { work } from "../../../src/compose/work.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { generateSealKey } from "../../../src/journal/seal-key.ts";
import type { RotationRequest, SecretResult } from "../../../src/run/work.ts";

export const SECRET = "web";
const HOST = ["localhost", "127.0.0.1"];

type Asked = Partial<Pick<RotationRequest, "now" | "outsideWindow">>;

export interface Deployment {
  readonly folder: string;
  readonly server: TlsServer;
  readonly renewed: RenewalFolder;
  readonly root: string;
  /** Path of keyturn.yaml. */
  readonly configFile: string;
  /** Somebody renews; days from today until it expires. */
  renew(days?: number): IssuedFiles;
  /** What is due, as a timer asks for it; null where nothing was. */
  rotate(asked?: Asked): Promise<SecretResult | null>;
  /** The fingerprint that a fresh client is served. */
  served(): Promise<string>;
}

export interface DeploymentOptions {
  readonly policy?: Section;
  readonly probe?: Section;
}

const pki = testAuthority();

/** The server runs with a certificate that was put there by hand, which is the one in the renewal folder. */
export async function startDeployment(
  kind: ServerKind,
  { policy = {}, probe = {} }: DeploymentOptions = {},
): Promise<Deployment> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "keyturn-tls-")));
  const renewed = renewalFolder(join(folder, "live"), pki.root);
  const renew = (days = 30): IssuedFiles => {
    const files = pki.issue({ names: HOST, days });
    renewed.put(files);
    return files;
  };
  byHand(join(folder, "tls"), renew(10));
  const server = await kind.start(folder);
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(join(folder, "seal.key"), generateSealKey(), { mode: 0o600 });
  const address = { host: "127.0.0.1", port: server.port, caFile: renewed.leaf["caFile"] };
  const configFile = writeConfig(folder, {
    state: { dir: join(folder, "state"), sealKeyFile: join(folder, "seal.key") },
    connections: {},
    policy: {
      renewBefore: "20%",
      overlap: "0s",
      retry: { attempts: 2, first: "50ms", max: "100ms" },
      ...policy,
    },
    secrets: {
      [SECRET]: {
        issuer: renewed.leaf,
        targets: [{ kind: "files", path: join(folder, "tls"), files: server.files, reload: server.reload }],
        probes: [{ kind: "certificate", ...address, names: HOST, within: "20s", every: "50ms", ...probe }],
      },
    },
  });
  return {
    folder,
    server,
    renewed,
    root: pki.root,
    configFile,
    renew,
    rotate: (asked = {}) => rotate(configFile, asked),
    served: () => handshake(server.port, pki.root),
  };
}

function byHand(folder: string, { fullchain, key }: IssuedFiles): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "fullchain.pem"), fullchain);
  writeFileSync(join(folder, "privkey.pem"), key, { mode: 0o600 });
  writeFileSync(join(folder, "site.pem"), fullchain + key, { mode: 0o600 });
}

async function rotate(configFile: string, asked: Asked): Promise<SecretResult | null> {
  const rotation = {
    secrets: null,
    now: false,
    revokeNow: false,
    outsideWindow: false,
    trigger: "schedule",
    reason: null,
    actor: null,
    ...asked,
  } as const;
  const { rotated } = await work({
    config: loadConfig(configFile, kinds, {}),
    request: { kind: "rotate", rotation },
    wait: false,
    observers: [],
    env: { PATH: process.env["PATH"] },
    signal: new AbortController().signal,
  });
  return rotated[0] ?? null;
}
