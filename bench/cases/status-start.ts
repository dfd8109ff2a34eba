import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peakMemory, timed } from "../child.ts";
import { median, mib, ms, type Row } from "../table.ts";
import { fillJournal } from "./fill-journal.ts";

const RUNS = 15;
const KEYTURN = fileURLToPath(new URL("../../bin/keyturn", import.meta.url));

/** `keyturn status` of ten secrets, from the shell to its exit, beside a Node that does nothing. */
export async function statusStart(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  try {
    const config = await writeWorld(folder);
    const status = ["status", "--config", config];
    const bare = ["-e", ""];
    timed(KEYTURN, status);
    timed(process.execPath, bare);
    const pairs = Array.from({ length: RUNS }, () => ({
      keyturn: timed(KEYTURN, status),
      bare: timed(process.execPath, bare),
    }));
    const times = {
      keyturn: median(pairs.map((each) => each.keyturn)),
      bare: median(pairs.map((each) => each.bare)),
    };
    const ratio = median(pairs.map((each) => each.keyturn / each.bare));
    const memory = { keyturn: peakMemory(KEYTURN, status), bare: peakMemory(process.execPath, bare) };
    return [
      {
        what: "`status`, cold start",
        keyturn: ms(times.keyturn),
        against: `bare Node ${ms(times.bare)}`,
        ratio: `${ratio.toFixed(1)} times`,
        aim: "< 3 times",
        met: ratio < 3,
      },
      {
        what: "`status`, peak memory",
        keyturn: mib(memory.keyturn),
        against: `bare Node ${mib(memory.bare)}`,
        ratio: `${(memory.keyturn / memory.bare).toFixed(1)} times`,
        aim: "< 75 MB",
        met: memory.keyturn < 75e6,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writeWorld(folder: string): Promise<string> {
  const secrets = Array.from({ length: 10 }, (_, n) => `secret_${n}`);
  const config = join(folder, "keyturn.yaml");
  mkdirSync(join(folder, "schedules"));
  writeFileSync(
    config,
    `state:\n  dir: ${folder}/state\n  sealKeyFile: ${folder}/seal.key\nschedules: ./schedules\n${CONNECTIONS}`,
  );
  writeFileSync(join(folder, "schedules", "all.yaml"), schedule(secrets, folder));
  await fillJournal(config);
  return config;
}

const GUID = "11111111-1111-1111-1111-111111111111";
const CONNECTIONS = `connections:\n  entra: { kind: entra, tenant: ${GUID}, clientId: ${GUID}, auth: { clientSecretFile: /nowhere } }\n`;

function schedule(secrets: readonly string[], folder: string): string {
  const entries = secrets.map(
    (secret) => `  ${secret}:
    policy: p
    issuer: { kind: entra-password, connection: entra, application: ${GUID}, validFor: 180d }
    targets: [{ kind: file, path: ${folder}/${secret} }]`,
  );
  return `policies:\n  p: { maxAge: 90d, overlap: 24h }\nsecrets:\n${entries.join("\n")}\n`;
}
