/** What `init` writes. The schedule is the one that is shipped, so that it is tested like any other. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { RotationError } from "../domain/errors.ts";
import { Terminal } from "./output/terminal.ts";
import type { Services } from "./services.ts";

const SCHEDULE = "schedules/oauth2-client-secrets.yaml";

export async function writeConfiguration(folder: string, services: Services): Promise<void> {
  const base = resolve(folder);
  const files: readonly (readonly [name: string, mode: number, content: () => Promise<string> | string])[] = [
    ["seal.key", 0o600, () => services.generateSealKey()],
    [SCHEDULE, 0o644, shippedSchedule],
    ["keyturn.yaml", 0o644, () => KEYTURN_YAML],
  ];
  const taken = files.map(([name]) => join(base, name)).find((path) => existsSync(path));
  if (taken !== undefined) throw exists(taken);
  for (const [name, mode, content] of files) write(join(base, name), mode, await content());
  tell(
    new Terminal(services),
    base,
    files.map(([name]) => name),
  );
}

/** `wx`: should somebody have been faster, theirs stays. The mode holds from the first byte. */
function write(path: string, mode: number, content: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { flag: "wx", mode, flush: true });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown fault";
    if (code === "EEXIST") throw exists(path);
    throw new RotationError("usage", {
      kind: "rejected",
      message: `${path} cannot be written (${code})`,
      hint: "Name a folder that you may write to: `keyturn init DIR`.",
    });
  }
}

function exists(path: string): RotationError {
  return new RotationError("file-exists", {
    kind: "rejected",
    message: `${path} is already there, and nothing was written`,
    hint: "Name another folder: `keyturn init DIR`.",
  });
}

/** From `src/cli` and from `dist/cli` alike. */
function shippedSchedule(): string {
  return readFileSync(new URL(`../../${SCHEDULE}`, import.meta.url), "utf8");
}

function tell(terminal: Terminal, base: string, names: readonly string[]): void {
  for (const name of names) terminal.print(`wrote ${join(base, name)}`);
  terminal.print();
  terminal.print("Next:");
  terminal.print(
    `  1. Fill in the placeholders in keyturn.yaml (tenant, clientId) and in ${SCHEDULE} (application).`,
  );
  terminal.print(
    "  2. Put the sign-in certificate, with its key, where auth.certificateFile says, mode 0600.",
  );
  terminal.print("  3. Keep a copy of seal.key elsewhere: without it, sealed versions cannot be opened.");
  terminal.print(`  4. keyturn --config ${join(base, "keyturn.yaml")} config check`);
  terminal.print(
    `  5. keyturn --config ${join(base, "keyturn.yaml")} rotate --now azure_secret --outside-window`,
  );
}

const KEYTURN_YAML = `# keyturn.yaml: where keyturn keeps its state, and how it reaches the outside.
# What to rotate and when stands in the files of the schedules folder.
# Relative paths are relative to this file. \${VAR} and \${VAR:-default} are expanded in paths.
# Secret values never stand here: each comes from a file (...File).

state:
  dir: ./state # the journal; default: $STATE_DIRECTORY
  sealKeyFile: ./seal.key # 32 bytes in base64, mode 0600 or 0400: keep a copy elsewhere

schedules: ./schedules # a folder of *.yaml, or a list of folders

connections:
  entra:
    kind: entra
    tenant: 11111111-1111-1111-1111-111111111111 # PLACEHOLDER: the tenant's id
    clientId: 22222222-2222-2222-2222-222222222222 # PLACEHOLDER: the app that keyturn itself signs in as
    auth: { certificateFile: ./entra.pem } # certificate and key; or { clientSecretFile: PATH }
    # authorityHost: https://login.microsoftonline.com   # sovereign clouds
    # graphUrl: https://graph.microsoft.com
    # caFile: /etc/ssl/certs/corp.pem                    # extra trust
  swarm:
    kind: docker
    host: unix:///var/run/docker.sock # a swarm manager; or tcp:// with tls: { caFile, certFile, keyFile }

# log: { level: info }
# audit: { dir: /var/log/keyturn } # default: <state.dir>/audit
`;
