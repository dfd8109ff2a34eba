/** The target contract's world on a real swarm: one service `app` with two replicas, and bystanders. */
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { IMAGE } from "./base-image.ts";
import type { RealSwarm } from "./start-swarm.ts";
import { clockOf, dockerSecretConnector } from "../../contract/docker-secret/connect.ts";
import { SECRETS, type TargetWorld } from "../../contract/describe-target.ts";

export const POISON = "poison";

/** Ends at once when its secret is poison, and within a second when it is told to. */
const APP = `[ "$(cat /run/secrets/alpha 2>/dev/null)" = ${POISON} ] && exit 1
trap "exit 0" TERM
while :; do sleep 1 & wait $!; done`;

/** Swarm's own waits, as short as it takes them. */
const QUICK = [
  "--update-monitor",
  "500ms",
  "--update-delay",
  "0s",
  "--stop-grace-period",
  "1s",
  "--restart-delay",
  "0s",
];

export interface RealWorld extends TargetWorld {
  readonly connect: ReturnType<typeof dockerSecretConnector>;
}

export async function startRealWorld(swarm: RealSwarm): Promise<RealWorld> {
  const { docker } = swarm;
  await Promise.all([
    ...SECRETS.map((name) => createSecret(swarm, name, `by-hand-${name}`)),
    ...BYSTANDERS.map((name) => createSecret(swarm, name, `of-others-${name}`)),
  ]);
  await Promise.all([
    createService(swarm, "app", ["alpha", "beta"], ["--replicas", "2", "--update-parallelism", "2"]),
    createService(swarm, "app-prod", ["alpha_prod"], ["--detach"]),
    createService(swarm, "app-other", ["source=alpha_prod,target=alpha"], ["--detach"]),
  ]);
  const wire = await openWire(swarm);
  const before = (await docker(["service", "ps", "-q", "app"])).split("\n").length;
  return {
    connect: dockerSecretConnector(wire.host, clockOf(1)),
    consumer: "docker-service:swarm/app",
    seen: (secret) => seenIn(swarm, "app", secret),
    switches: async () => ((await docker(["service", "ps", "-q", "app"])).split("\n").length - before) / 2,
    async holds(ref) {
      const listed = await docker([
        "secret",
        "ls",
        "--filter",
        `label=keyturn.marker=${ref.marker}`,
        "--format",
        "{{.Name}}",
      ]);
      return listed.split("\n").includes(`${ref.secret}_v${ref.version}`);
    },
    async bystanders() {
      const specs = await docker([
        "service",
        "inspect",
        "--format",
        "{{json .Spec}}",
        "app-prod",
        "app-other",
      ]);
      const tasks = await docker(["service", "ps", "-q", "app-prod", "app-other"]);
      return [
        specs,
        tasks,
        await docker(["secret", "inspect", "--format", "{{.ID}} {{.Version.Index}}", ...BYSTANDERS]),
      ].join("\n");
    },
    poison: POISON,
    breakFarSide: wire.cut,
    async close() {
      await wire.cut();
      await clear(swarm);
    },
  };
}

const BYSTANDERS = ["alpha_prod", "alpha_v9_old", "alpha_prod_v9"];

export async function createSecret(swarm: RealSwarm, name: string, content: string): Promise<void> {
  await swarm.docker(["secret", "create", name, "-"], Buffer.from(content));
}

/** Resolves once the service has converged, unless `more` says `--detach`. */
export async function createService(
  swarm: RealSwarm,
  name: string,
  secrets: readonly string[],
  more: readonly string[] = [],
): Promise<void> {
  const mounts = secrets.flatMap((secret) => ["--secret", secret]);
  await swarm.docker([
    "service",
    "create",
    "--quiet",
    "--name",
    name,
    ...QUICK,
    ...mounts,
    ...more,
    IMAGE,
    "sh",
    "-c",
    APP,
  ]);
}

/** What each running container of the service reads from the mounted secret. */
export async function seenIn(swarm: RealSwarm, service: string, secret: string): Promise<readonly string[]> {
  const ids = await swarm.docker(["ps", "-q", "--filter", `label=com.docker.swarm.service.name=${service}`]);
  const reads = ids
    .split("\n")
    .filter(Boolean)
    .map((id) => swarm.docker(["exec", id, "cat", `/run/secrets/${secret}`]).catch(endedMeanwhile));
  return (await Promise.all(reads)).filter((each) => each !== null);
}

/** One of a service that was removed a moment ago may have been listed just before its end. */
function endedMeanwhile(thrown: unknown): null {
  if (thrown instanceof Error && thrown.message.includes("is not running")) return null;
  throw thrown;
}

/** Removes every service and every secret, so that the next test finds an empty swarm. */
async function clear({ docker }: RealSwarm): Promise<void> {
  const services = (await docker(["service", "ls", "-q"])).split("\n").filter(Boolean);
  if (services.length > 0) await docker(["service", "rm", ...services]);
  const secrets = (await docker(["secret", "ls", "-q"])).split("\n").filter(Boolean);
  if (secrets.length > 0) await docker(["secret", "rm", ...secrets]);
}

/** A socket of our own in front of the engine's, which can be cut. */
async function openWire(swarm: RealSwarm): Promise<{ host: string; cut(): Promise<void> }> {
  wires += 1;
  const path = join(swarm.folder, `wire-${wires}.sock`);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(swarm.socket);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      socket.on("error", () => other.destroy());
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    async cut() {
      if (!server.listening) return;
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A socket path is not used twice. */
let wires = 0;
