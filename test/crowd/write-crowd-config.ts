import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Aged } from "./fill-state.ts";

interface CrowdConfig {
  readonly secrets: readonly Aged[];
  /** These need the connection to `port`; the others look at it and are content. */
  readonly hanging: readonly Aged[];
  readonly policy: object;
  readonly port: number;
}

const GUID = "11111111-1111-1111-1111-111111111111";
/** A configuration file has a size that it may not go beyond. */
const SECRETS_A_FILE = 500;

export function writeCrowdConfig(folder: string, { secrets, hanging, policy, port }: CrowdConfig): void {
  const schedules = join(folder, "schedules");
  mkdirSync(schedules, { recursive: true });
  write(join(folder, "keyturn.yaml"), mainDocument(folder, port));
  write(join(schedules, "policies.yaml"), { policies: { p: policy } });
  const entries = secrets.map((each) => {
    const target = { kind: "file", path: each.path };
    const issuer = hanging.includes(each) ? FROM_ENTRA : MADE_HERE;
    const probe = { kind: "tcp", host: "127.0.0.1", port, every: "100ms" };
    return [each.secret, { policy: "p", issuer, targets: [target], probes: [probe] }] as const;
  });
  for (let from = 0; from < entries.length; from += SECRETS_A_FILE) {
    const part = Object.fromEntries(entries.slice(from, from + SECRETS_A_FILE));
    write(join(schedules, `secrets-${from}.yaml`), { secrets: part });
  }
}

const MADE_HERE = { kind: "random", length: 32, overlap: "dual" };
const FROM_ENTRA = { kind: "entra-password", connection: "silent", application: GUID, validFor: "180d" };

function mainDocument(folder: string, port: number): object {
  const origin = `https://localhost:${port}`;
  return {
    state: { dir: join(folder, "state"), sealKeyFile: join(folder, "seal.key") },
    schedules: "./schedules",
    connections: {
      silent: {
        kind: "entra",
        tenant: GUID,
        clientId: GUID,
        auth: { clientSecretFile: join(folder, "admin.secret") },
        authorityHost: origin,
        graphUrl: origin,
      },
    },
  };
}

/** JSON is YAML: nothing in a path needs care. */
function write(file: string, document: object): void {
  writeFileSync(file, JSON.stringify(document));
}
