import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSealKey } from "../../src/journal/seal-key.ts";
import type { EntraSandbox, SandboxApp } from "../../src/sandbox/entra/start-entra-sandbox.ts";

/** One secret, from an application of this tenant into a file. Gives the configuration's file. */
export function writeEntraWorld(folder: string, sandbox: EntraSandbox, app: SandboxApp): string {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  mkdirSync(join(folder, "schedules"));
  const secretFile = write("admin.secret", sandbox.admin.secret);
  const caFile = write("ca.pem", sandbox.caPem);
  const sealKeyFile = write("seal.key", generateSealKey());
  write(
    "schedules/all.yaml",
    `policies: { p: { maxAge: 90d, overlap: 24h } }
secrets:
  demo:
    policy: p
    issuer: { kind: entra-password, connection: entra, application: ${app.appId}, validFor: 180d }
    targets: [{ kind: file, path: ${folder}/demo }]
`,
  );
  return write(
    "keyturn.yaml",
    `state: { dir: ${folder}/state, sealKeyFile: ${sealKeyFile} }
schedules: ./schedules
connections:
  entra:
    kind: entra
    tenant: ${sandbox.tenant}
    clientId: ${sandbox.admin.clientId}
    auth: { clientSecretFile: ${secretFile} }
    authorityHost: ${sandbox.origin}
    graphUrl: ${sandbox.origin}
    caFile: ${caFile}
`,
  );
}
