import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { IMAGE } from "../../test/engines/docker/base-image.ts";
import { probeDocker } from "../../test/engines/docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "../../test/engines/docker/start-swarm.ts";
import { median, ms, type Row } from "../table.ts";

const RUNS = 3;
const SERVICES = Array.from({ length: 10 }, (_, index) => `many-${index}`);
const KEYTURN = fileURLToPath(new URL("../../bin/keyturn", import.meta.url));
const run = promisify(execFile);

/** A hundred containers in ten services: `lockdown start` until all are paused, beside bare calls and beside the script. */
export async function lockdown(): Promise<readonly Row[]> {
  try {
    await probeDocker();
  } catch (thrown) {
    process.stderr.write(`left out: ${(thrown as Error).message}\n`);
    return [];
  }
  const swarm = await startSwarm();
  const folder = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  try {
    await startServices(swarm);
    const ids = (await swarm.docker(["ps", "-q", "--no-trunc"])).split("\n");
    const config = writeScope(folder, swarm.host);
    await run(KEYTURN, ["config", "check", "--config", config]);
    const rounds = [];
    for (let round = 0; round < RUNS; round += 1) rounds.push(await measure(swarm, ids, config));
    const script = await timed(swarm, ids, () => pauseByScript(swarm, ids));
    const [ours, bare] = [median(rounds.map((each) => each.ours)), median(rounds.map((each) => each.bare))];
    const more = median(rounds.map((each) => each.ours - each.bare));
    return [
      {
        what: "lockdown, 100 containers paused",
        keyturn: ms(ours),
        against: `bare parallel calls ${ms(bare)}`,
        ratio: `${ms(more)} more`,
        aim: "< 600 ms more",
        met: more < 600,
      },
      {
        what: "lockdown, 100 containers paused",
        keyturn: ms(ours),
        against: `\`docker pause\` one by one ${ms(script)}`,
        ratio: `${(ours / script).toFixed(2)} times`,
        aim: "< 2 s",
        met: ours < 2_000,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
    await swarm.close();
  }
}

async function measure(
  swarm: RealSwarm,
  ids: readonly string[],
  config: string,
): Promise<{ readonly ours: number; readonly bare: number }> {
  const bare = await timed(swarm, ids, () => act(swarm, ids, "pause"));
  const ours = await timed(swarm, ids, () => lockDown(config));
  return { ours, bare };
}

/** Until the containers are held still; everything runs again afterwards. */
async function timed(
  swarm: RealSwarm,
  ids: readonly string[],
  pause: () => Promise<unknown>,
): Promise<number> {
  const begin = performance.now();
  await pause();
  const took = performance.now() - begin;
  await act(swarm, ids, "unpause");
  return took;
}

/** The rest of the lockdown is refused, since there is no journal: what is measured is over by then. */
async function lockDown(config: string): Promise<void> {
  const child = execFile(KEYTURN, [
    "lockdown",
    "start",
    "--reason",
    "measured",
    "--json",
    "--config",
    config,
  ]);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", (text: string) => (text.includes('"contained"') ? resolve() : undefined));
    child.on("exit", () => reject(new Error("the lockdown ended before everything was held still")));
  });
  child.kill("SIGKILL");
}

async function pauseByScript(swarm: RealSwarm, ids: readonly string[]): Promise<void> {
  for (const id of ids) await swarm.docker(["pause", id]);
}

function act({ socket }: RealSwarm, ids: readonly string[], action: string): Promise<unknown> {
  return Promise.all(
    ids.map(
      (id) =>
        new Promise<void>((resolve, reject) => {
          const path = `/containers/${id}/${action}`;
          request({ socketPath: socket, path, method: "POST", agent: false }, (answer) => {
            answer.resume().on("end", resolve);
          })
            .on("error", reject)
            .end();
        }),
    ),
  );
}

async function startServices(swarm: RealSwarm): Promise<void> {
  await Promise.all(
    SERVICES.map((name) =>
      swarm.docker([
        "service",
        "create",
        "--quiet",
        "--name",
        name,
        "--replicas",
        "10",
        IMAGE,
        "sleep",
        "100000",
      ]),
    ),
  );
}

function writeScope(folder: string, host: string): string {
  const config = join(folder, "keyturn.yaml");
  mkdirSync(join(folder, "schedules"));
  const contain = [{ kind: "docker", connection: "swarm", services: SERVICES }];
  writeFileSync(
    config,
    JSON.stringify({
      // Not a folder: the lockdown ends once everything is held still.
      state: { dir: join(config, "state"), sealKeyFile: join(folder, "seal.key") },
      connections: { swarm: { kind: "docker", host } },
      lockdown: { scopes: { all: { contain, resume: "contained" } } },
    }),
  );
  return config;
}
