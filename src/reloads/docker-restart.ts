/**
 * For what reads its files only when it starts: `docker restart` of a container, or `docker service update --force` of a
 * swarm service, which replaces its tasks one after the other as its update configuration says. It is over when the
 * engine has taken the order; a probe (`docker-health`) tells how it went.
 */
import { z } from "zod";
import { toContainer } from "./docker-container.ts";
import type { DockerClient } from "../connections/docker/client.ts";
import { inspectContainers } from "../connections/docker/inspect-containers.ts";
import {
  describeSubject,
  dockerNameSchema,
  NAMES_ONE,
  namesOne,
  noneRuns,
  runningContainers,
} from "../connections/docker/running-containers.ts";
import { serviceNotFound, type Swarm } from "../connections/docker/swarm.ts";
import { connectionNameSchema } from "../connections/schema.ts";
import { looked, proved, type Finding } from "../domain/check.ts";
import { RotationError } from "../domain/errors.ts";
import type { Reload, ReloadKind } from "../domain/ports.ts";

/** Somebody else was faster so often in a row: something updates the service in a loop. */
const COLLISIONS_ALLOWED = 12;

const dockerRestartSchema = z
  .strictObject({
    kind: z.literal("docker-restart"),
    connection: connectionNameSchema,
    container: dockerNameSchema.optional(),
    service: dockerNameSchema.optional(),
    /** One of the connection's nodes; a service is the manager's business, whatever nodes it is on. */
    node: z.string().min(1).optional(),
  })
  .refine(namesOne, NAMES_ONE)
  .refine(({ service, node }) => service === undefined || node === undefined, {
    path: ["node"],
    message: "goes with a container only: a service is restarted on all its nodes",
  });

type DockerRestartConfig = z.infer<typeof dockerRestartSchema>;

export const dockerRestart: ReloadKind<DockerRestartConfig> = {
  kind: "docker-restart",
  connectionKind: "docker",
  schema: dockerRestartSchema,
  async connect(config, context) {
    const { connection, node } = config;
    const at = node === undefined ? connection : `${connection}@${node}`;
    return {
      id: `docker-restart:${at}/${describeSubject(config).replace(" ", "/")}`,
      async reload(signal) {
        const client = context.connection<DockerClient>("docker", connection);
        if (config.service === undefined) await restartContainer(client, config, signal);
        else await forceUpdate(client.swarm, config.service, signal);
      },
      async inspect(_around, signal) {
        const client = context.connection<DockerClient>("docker", connection);
        return config.service === undefined
          ? inspectContainers(client.engine(node), config, signal)
          : inspectService(client.swarm, config.service, signal);
      },
    } satisfies Reload;
  },
};

async function inspectService(swarm: Swarm, name: string, signal: AbortSignal): Promise<readonly Finding[]> {
  return looked("service", async () => {
    if ((await swarm.findService(name, signal)) === undefined) throw serviceNotFound(name);
    return [proved("service", `there is a service ${name}`)];
  });
}

async function restartContainer(
  client: DockerClient,
  config: DockerRestartConfig,
  signal: AbortSignal,
): Promise<void> {
  const engine = client.engine(config.node);
  const whose = describeSubject(config);
  const [id] = await runningContainers(engine, config, signal);
  if (id === undefined) throw noneRuns(whose, engine);
  const isDone = await toContainer(
    engine,
    { path: `/containers/${id}/restart`, what: `restart the ${whose}` },
    signal,
  );
  if (!isDone) throw noneRuns(whose, engine);
}

/** A higher ForceUpdate makes the tasks' template another one, and changes nothing in the containers. */
async function forceUpdate(swarm: Swarm, name: string, signal: AbortSignal): Promise<void> {
  for (let collisions = 0; collisions < COLLISIONS_ALLOWED; collisions += 1) {
    const service = await swarm.findService(name, signal);
    if (service === undefined) throw serviceNotFound(name);
    const { TaskTemplate } = service.Spec;
    const forced = (TaskTemplate.ForceUpdate ?? 0) + 1;
    const spec = { ...service.Spec, TaskTemplate: { ...TaskTemplate, ForceUpdate: forced } };
    if ((await swarm.updateService(service, spec, signal)) === "updated") return;
  }
  throw new RotationError("store-conflict", {
    kind: "transient",
    message: `the service ${name} was changed by somebody else at each of ${COLLISIONS_ALLOWED} attempts to restart it`,
    hint: "Find what keeps updating it.",
  });
}
