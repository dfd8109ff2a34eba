/** The target contract's world on the stand-in engine. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clockOf, dockerSecretConnector } from "./connect.ts";
import {
  startDockerStandIn,
  type DockerStandIn,
  type DockerStandInOptions,
} from "../../stand-ins/docker/stand-in.ts";
import type { StandInService, StandInSpec } from "../../stand-ins/docker/model.ts";
import { SECRETS, type TargetWorld } from "../describe-target.ts";

export const POISON = "poison";
/** The stand-in's moments are milliseconds; so are the target's looks. */
const FASTER = 50;

export interface StandInWorld extends TargetWorld {
  readonly engine: DockerStandIn;
  readonly app: StandInService;
  readonly connect: ReturnType<typeof dockerSecretConnector>;
}

export async function startStandInWorld(options: Partial<DockerStandInOptions> = {}): Promise<StandInWorld> {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-swarm-"));
  const engine = await startDockerStandIn({
    socket: join(folder, "docker.sock"),
    poison: POISON,
    clock: clockOf(1),
    ...options,
  });
  const { swarm } = engine;
  for (const secret of SECRETS) swarm.createSecret(secret, {}, `by-hand-${secret}`);
  const app = swarm.createService(
    serviceSpec(engine, "app", [
      ["alpha", "alpha"],
      ["beta", "beta"],
    ]),
  );
  const others = addBystanders(engine);
  let running = true;
  const close = async (): Promise<void> => {
    if (running) await engine.close();
    running = false;
  };
  return {
    engine,
    app,
    connect: dockerSecretConnector(engine.host, clockOf(FASTER)),
    consumer: "docker-service:swarm/app",
    seen: async (secret) => seenBy(engine, app, secret),
    // Both replicas are restarted by one switch.
    switches: async () => app.restarts / 2,
    holds: async (ref) =>
      swarm.secrets.some(
        ({ name, labels }) =>
          name === `${ref.secret}_v${ref.version}` && labels["keyturn.marker"] === ref.marker,
      ),
    bystanders: async () =>
      JSON.stringify([
        others.services.map(({ spec, restarts }) => [spec, restarts]),
        swarm.secrets.filter(({ name }) => others.secrets.includes(name)),
      ]),
    poison: POISON,
    breakFarSide: close,
    async close() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A service's spec; `mounts` are pairs of a Docker secret's name and the file name it is mounted under. */
export function serviceSpec(
  engine: DockerStandIn,
  name: string,
  mounts: readonly (readonly [string, string])[],
  more: Partial<StandInSpec> = {},
): StandInSpec {
  const references = mounts.map(([secret, mount]) => ({
    File: { Name: mount, UID: "1000", GID: "1000", Mode: 0o400 },
    SecretID: engine.swarm.secrets.find((candidate) => candidate.name === secret)?.id ?? "",
    SecretName: secret,
  }));
  return {
    Name: name,
    TaskTemplate: { ContainerSpec: { Image: "sample:1", Secrets: references } },
    Mode: { Replicated: { Replicas: 2 } },
    UpdateConfig: { Monitor: 1_000_000_000, FailureAction: "pause" },
    ...more,
  };
}

function addBystanders(engine: DockerStandIn): {
  secrets: readonly string[];
  services: readonly StandInService[];
} {
  const secrets = ["alpha_prod", "alpha_v9_old", "alpha_prod_v9", "my_alpha_v9"];
  for (const name of secrets) engine.swarm.createSecret(name, {}, `of-others-${name}`);
  const services = [
    serviceSpec(engine, "app-prod", [["alpha_prod", "alpha_prod"]]),
    serviceSpec(engine, "app-other", [["alpha_prod", "alpha"]]),
    serviceSpec(engine, "app-renamed", [["alpha", "password"]]),
  ].map((spec) => engine.swarm.createService(spec));
  return { secrets, services };
}

function seenBy(engine: DockerStandIn, app: StandInService, mount: string): readonly string[] {
  const live = engine.swarm.tasks.filter((task) => task.service === app.id && task.state === "running");
  return live.map((task) => {
    const reference = task.template.ContainerSpec.Secrets?.find(
      (candidate) => candidate.File?.Name === mount,
    );
    return reference === undefined ? "" : (engine.swarm.contentOf(reference.SecretID) ?? "");
  });
}
