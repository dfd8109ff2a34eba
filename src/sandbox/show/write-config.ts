/** The configuration that the sandbox's keyturn runs with, written as an operator would write it. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EntraSandbox } from "../entra/start-entra-sandbox.ts";

export const SECRET = "demo_secret";

/** Where everything lies below the sandbox's folder. */
export interface Places {
  readonly configFile: string;
  readonly caFile: string;
  readonly secretFile: string;
  readonly pidFile: string;
}

export function placesIn(folder: string): Places {
  return {
    configFile: join(folder, "keyturn.yaml"),
    caFile: join(folder, "ca.pem"),
    secretFile: join(folder, "secrets", SECRET),
    pidFile: join(folder, "application.pid"),
  };
}

/** What the application needs: the stand-in's certificate authority, and the secret that somebody made by hand. */
export function writeSurroundings(folder: string, entra: EntraSandbox, handMade: string): void {
  const { caFile, secretFile } = placesIn(folder);
  writeFileSync(caFile, entra.caPem);
  mkdirSync(join(folder, "secrets"), { mode: 0o700 });
  writeFileSync(secretFile, handMade, { mode: 0o600 });
}

export interface Times {
  /** How long the previous version keeps working. */
  readonly overlap: string;
  /** How long a new secret may take to start working. */
  readonly settle: string;
  /** How long the application may take to be seen using it. */
  readonly within: string;
}

export interface ConfigOrder extends Times {
  readonly folder: string;
  readonly entra: EntraSandbox;
  /** Client id of the application whose secret is rotated. */
  readonly application: string;
  readonly healthUrl: string;
}

export function writeConfig(order: ConfigOrder): void {
  const { folder, entra } = order;
  mkdirSync(join(folder, "schedules"));
  writeFileSync(join(folder, "seal.key"), `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  writeFileSync(join(folder, "admin.secret"), entra.admin.secret, { mode: 0o600 });
  writeFileSync(placesIn(folder).configFile, mainFile(order));
  writeFileSync(join(folder, "schedules", "demo.yaml"), scheduleFile(order));
}

// JSON is YAML: quoting paths as JSON strings is safe whatever is in them.
const quoted = JSON.stringify;

function mainFile({ folder, entra }: ConfigOrder): string {
  return `state:
  dir: ${quoted(join(folder, "state"))}
  sealKeyFile: ${quoted(join(folder, "seal.key"))}
schedules: ./schedules
connections:
  entra:
    kind: entra
    tenant: ${entra.tenant}
    clientId: ${entra.admin.clientId}
    auth: { clientSecretFile: ${quoted(join(folder, "admin.secret"))} }
    authorityHost: ${entra.origin}
    graphUrl: ${entra.origin}
    caFile: ${quoted(placesIn(folder).caFile)}
    timeout: 5s
lockdown:
  scopes:
    demo:
      contain: [{ kind: process, pidFile: ${quoted(placesIn(folder).pidFile)} }]
      preserve: { dir: ${quoted(join(folder, "evidence"))} }
      rotate: { secrets: ["*"] }
      resume: contained
`;
}

function scheduleFile({ folder, application, healthUrl, overlap, settle, within }: ConfigOrder): string {
  const { secretFile, pidFile } = placesIn(folder);
  return `policies:
  demo:
    maxAge: 90d
    overlap: ${overlap}
    retry: { attempts: 10, first: 250ms, max: 2s }
secrets:
  ${SECRET}:
    policy: demo
    issuer: { kind: entra-password, connection: entra, application: ${application}, validFor: 180d, settle: ${settle} }
    targets:
      - kind: file
        path: ${quoted(secretFile)}
        mode: "0400"
        reload: [{ kind: signal, pidFile: ${quoted(pidFile)}, signal: SIGHUP }]
    probes:
      - { kind: http, url: ${quoted(healthUrl)}, json: { /secretVersion: "{version}" }, within: ${within}, every: 250ms }
`;
}
