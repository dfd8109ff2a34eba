/** The target contract's world for configs, on the stand-in engine. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clockOf, dockerSecretConnector } from "../docker-secret/connect.ts";
import { startDockerStandIn, type DockerStandIn } from "../../stand-ins/docker/stand-in.ts";
import type { StandInService, StandInSpec, StandInTask } from "../../stand-ins/docker/model.ts";
import { SECRETS, type TargetWorld } from "../describe-target.ts";
import { createDockerClient, type DockerClient } from "../../../src/connections/docker/client.ts";
import type { Target, TargetContext } from "../../../src/domain/ports.ts";
import { dockerConfig } from "../../../src/targets/docker-config.ts";

const POISON = "poison";
/** The stand-in's moments are milliseconds; so are the target's looks. */
const FASTER = 50;

export interface ConfigWorld extends TargetWorld {
  /** A target for the Docker secret of that name in the same service. */
  connectSecret(name: string): Promise<Target>;
  seenSecret(name: string): readonly string[];
}

export async function startConfigWorld(): Promise<ConfigWorld> {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-swarm-"));
  const engine = await startDockerStandIn({
    socket: join(folder, "docker.sock"),
    poison: POISON,
    clock: clockOf(1),
  });
  const { swarm } = engine;
  for (const name of SECRETS) swarm.create("config", name, {}, `by-hand-${name}`);
  // Under the same name on the other shelf, which must not be mistaken for it.
  swarm.create("secret", "alpha", {}, "secret-by-hand");
  const app = swarm.createService(specOf(engine, "app", { alpha: "/etc/alpha", beta: "/etc/beta" }));
  const others = addBystanders(engine);
  let running = true;
  const close = async (): Promise<void> => {
    if (running) await engine.close();
    running = false;
  };
  const connectSecret = dockerSecretConnector(engine.host, clockOf(FASTER));
  return {
    connect: connector(engine.host),
    connectSecret: (name) => connectSecret(name),
    seenSecret: (name) =>
      tasksOf(engine, app).map(({ template }) => {
        const mounted = template.ContainerSpec.Secrets?.find(({ File }) => File?.Name === name);
        return swarm.contentOf(mounted?.SecretID ?? "") ?? "";
      }),
    consumer: "docker-service:swarm/app",
    seen: async (name) =>
      tasksOf(engine, app).map(({ template }) => {
        const mounted = template.ContainerSpec.Configs?.find(({ File }) => File?.Name === `/etc/${name}`);
        return swarm.contentOf(mounted?.ConfigID ?? "") ?? "";
      }),
    // Both replicas are restarted by one switch.
    switches: async () => app.restarts / 2,
    holds: async (ref) =>
      swarm.configs.some(
        ({ name, labels }) =>
          name === `${ref.secret}_v${ref.version}` && labels["keyturn.marker"] === ref.marker,
      ),
    bystanders: async () =>
      JSON.stringify([
        others.map(({ spec, restarts }) => [spec, restarts]),
        swarm.configs.filter(({ content }) => content.startsWith("of-others")),
        swarm.secrets,
        app.spec.TaskTemplate.ContainerSpec.Secrets,
      ]),
    poison: POISON,
    breakFarSide: close,
    async close() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function connector(host: string): (name: string) => Promise<Target> {
  const client = createDockerClient({ kind: "docker", host }, {});
  const context: TargetContext = {
    clock: clockOf(FASTER),
    env: {},
    connection: <T>() => client satisfies DockerClient as T,
    reload: () => Promise.reject(new Error("a docker-config target has no reload")),
  };
  return (name) => {
    const config = dockerConfig.schema.parse({
      kind: "docker-config",
      connection: "swarm",
      name,
      mount: `/etc/${name}`,
      content: "{certificate}",
    });
    // The contract's versions have one part, which the schema takes for a secret one.
    return dockerConfig.connect({ ...config, content: "{value}" }, name, context);
  };
}

function specOf(
  { swarm }: DockerStandIn,
  name: string,
  mounts: Readonly<Record<string, string>>,
): StandInSpec {
  const [secret] = swarm.secrets;
  const configs = Object.entries(mounts).map(([config, path]) => ({
    File: { Name: path, UID: "1000", GID: "1000", Mode: 0o400 },
    ConfigID: swarm.configs.find((each) => each.name === config)?.id ?? "",
    ConfigName: config,
  }));
  const secrets = [
    {
      File: { Name: "alpha", UID: "0", GID: "0", Mode: 0o444 },
      SecretID: secret?.id ?? "",
      SecretName: "alpha",
    },
  ];
  return {
    Name: name,
    TaskTemplate: { ContainerSpec: { Image: "sample:1", Secrets: secrets, Configs: configs } },
    Mode: { Replicated: { Replicas: 2 } },
    UpdateConfig: { Monitor: 1_000_000_000, FailureAction: "pause" },
  };
}

function addBystanders(engine: DockerStandIn): readonly StandInService[] {
  for (const name of ["alpha_prod", "alpha_v9_old", "my_alpha_v9"])
    engine.swarm.create("config", name, {}, `of-others-${name}`);
  return [
    specOf(engine, "app-prod", { alpha_prod: "/etc/alpha" }),
    specOf(engine, "app-elsewhere", { alpha: "/srv/alpha" }),
  ].map((spec) => engine.swarm.createService(spec));
}

function tasksOf({ swarm }: DockerStandIn, app: StandInService): readonly StandInTask[] {
  return swarm.tasks.filter((task) => task.service === app.id && task.state === "running");
}
