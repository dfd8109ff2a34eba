/** The configuration that the sandbox's keyturn runs with, written as an operator would write it. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EntraSandbox } from "../entra/start-entra-sandbox.ts";
import type { ServerCertificate } from "../tls/authority.ts";

export const SECRET = "demo_secret";
export const CERTIFICATE = "demo_certificate";

/** Where everything lies below the sandbox's folder. */
export interface Places {
  readonly configFile: string;
  readonly caFile: string;
  readonly secretFile: string;
  readonly pidFile: string;
  /** Where the application reads its certificate. */
  readonly tlsFolder: string;
  /** Where somebody else puts a renewed one. */
  readonly renewedFolder: string;
  /** Who visitors trust. */
  readonly pageCaFile: string;
}

export function placesIn(folder: string): Places {
  return {
    configFile: join(folder, "keyturn.yaml"),
    caFile: join(folder, "ca.pem"),
    secretFile: join(folder, "secrets", SECRET),
    pidFile: join(folder, "application.pid"),
    tlsFolder: join(folder, "tls"),
    renewedFolder: join(folder, "renewed"),
    pageCaFile: join(folder, "page-ca.pem"),
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

/** The two files of a certificate, as certbot names them. */
export function writePair(folder: string, { certPem, keyPem }: ServerCertificate): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "privkey.pem"), keyPem, { mode: 0o600 });
  writeFileSync(join(folder, "fullchain.pem"), certPem);
}

export interface ConfigOrder extends Times {
  readonly folder: string;
  readonly entra: EntraSandbox;
  /** Client id of the application whose secret is rotated. */
  readonly application: string;
  readonly healthUrl: string;
  readonly pagePort: number;
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

function scheduleFile(order: ConfigOrder): string {
  const { folder, application, healthUrl, overlap, settle, within } = order;
  const { secretFile, pidFile } = placesIn(folder);
  return `policies:
  demo:
    maxAge: 90d
    overlap: ${overlap}
    retry: { attempts: 10, first: 250ms, max: 2s }
  certificates:
    renewBefore: 33%
    overlap: 0s
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
${certificateSection(order)}`;
}

/** Somebody else renews it; keyturn notices, checks, deploys and looks at what is served. */
function certificateSection({ folder, pagePort }: ConfigOrder): string {
  const { tlsFolder, renewedFolder, pageCaFile, pidFile } = placesIn(folder);
  return `  ${CERTIFICATE}:
    policy: certificates
    issuer:
      kind: certificate-file
      certificateFile: ${quoted(join(renewedFolder, "fullchain.pem"))}
      keyFile: ${quoted(join(renewedFolder, "privkey.pem"))}
      names: [localhost, 127.0.0.1]
      caFile: ${quoted(pageCaFile)}
      quiet: 1s
    targets:
      - kind: files
        path: ${quoted(tlsFolder)}
        files:
          fullchain.pem: { content: "{fullchain}", mode: "0444" }
          privkey.pem: { content: "{key}", mode: "0400" }
        reload: [{ kind: signal, pidFile: ${quoted(pidFile)}, signal: SIGHUP }]
    probes:
      - { kind: certificate, host: 127.0.0.1, port: ${pagePort}, names: [localhost, 127.0.0.1], caFile: ${quoted(pageCaFile)}, within: 20s, every: 100ms }
`;
}
