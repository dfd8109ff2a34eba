/** stack.yaml on a real swarm, with what a test needs to be different: where the socket is, and the network. */
import { cpSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JobWorld } from "../main-job/start-job.ts";
import { lines } from "../main-job/sample-service.ts";
import type { RealSwarm } from "../docker/start-swarm.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
export const IMAGE = "keyturn:test";

/** Secrets that the stack takes as they are. */
const SECRETS = ["keyturn_seal_key", "keyturn_entra_pem"];

export interface DeployedKeyturn {
  readonly container: string;
  /** Runs the program in keyturn's container. */
  keyturn(...args: readonly string[]): Promise<string>;
  logs(): Promise<string>;
  remove(): Promise<void>;
}

export async function deployKeyturn(swarm: RealSwarm, world: JobWorld): Promise<DeployedKeyturn> {
  const folder = join(world.folder, "stack");
  mkdirSync(folder);
  cpSync(join(REPOSITORY, "stack.yaml"), join(folder, "stack.yaml"));
  writeFileSync(join(folder, "here.yaml"), JSON.stringify(whatIsDifferentHere(swarm, world)));
  const files = ["-c", join(folder, "stack.yaml"), "-c", join(folder, "here.yaml")];
  const node = await swarm.docker(["info", "--format", "{{.Swarm.NodeID}}"]);
  await swarm.docker(["node", "update", "--label-add", "keyturn=here", node]);
  const [sealKey = "", entraPem = ""] = SECRETS;
  await swarm.docker(["secret", "create", sealKey, "-"], Buffer.from(Buffer.alloc(32, 7).toString("base64")));
  await swarm.docker(["secret", "create", entraPem, "-"], Buffer.from(world.entra.admin.certificatePem));
  await swarm.docker(["stack", "deploy", ...files, "keyturn"], undefined, {
    KEYTURN_IMAGE: IMAGE,
    DOCKER_GID: String(statSync(swarm.socket).gid),
    KEYTURN_YAML: world.configFile,
    KEYTURN_SCHEDULE: join(world.folder, "schedules/secrets.yaml"),
  });
  const container = await running(swarm);
  return {
    container,
    keyturn: (...args) => swarm.docker(["exec", container, "keyturn", ...args]),
    logs: () => swarm.docker(["logs", container]),
    async remove() {
      await swarm.docker(["stack", "rm", "keyturn"]);
    },
  };
}

function whatIsDifferentHere(swarm: RealSwarm, world: JobWorld): object {
  return {
    version: "3.8",
    services: {
      keyturn: {
        networks: ["loopback"],
        // The image's own check, more often.
        healthcheck: { interval: "1s", start_period: "60s" },
        volumes: [{ type: "bind", source: swarm.socket, target: "/var/run/docker.sock" }],
        configs: [{ source: "ca", target: "/etc/keyturn/ca.pem" }],
      },
    },
    networks: { loopback: { external: true, name: "host" } },
    configs: { ca: { file: join(world.folder, "ca.pem") } },
  };
}

async function running(swarm: RealSwarm): Promise<string> {
  for (let n = 0; n < 300; n += 1) {
    const ps = ["ps", "-q", "--filter", "label=com.docker.swarm.service.name=keyturn_keyturn"];
    const [id] = lines(await swarm.docker(ps));
    if (id !== undefined && (await swarm.docker(["logs", id])).includes('"msg":"ready"')) return id;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const tasks = [
    "service",
    "ps",
    "--no-trunc",
    "--format",
    "{{.CurrentState}} {{.Error}}",
    "keyturn_keyturn",
  ];
  throw new Error(`keyturn did not become ready: ${await swarm.docker(tasks)}`);
}
