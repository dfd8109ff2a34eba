/**
 * `docker kill --signal` (ContainerKill of the Engine API): to one container, or to every running container of a swarm
 * service on the engine. Without `node` that engine is the connection's own; tasks on other nodes need a reload each.
 */
import { z } from "zod";
import { toContainer } from "./docker-container.ts";
import { signalNameSchema } from "./signal-name.ts";
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
import { connectionNameSchema } from "../connections/schema.ts";
import type { Reload, ReloadKind } from "../domain/ports.ts";

const dockerSignalSchema = z
  .strictObject({
    kind: z.literal("docker-signal"),
    connection: connectionNameSchema,
    container: dockerNameSchema.optional(),
    service: dockerNameSchema.optional(),
    /** One of the connection's nodes. */
    node: z.string().min(1).optional(),
    signal: signalNameSchema.default("SIGHUP"),
  })
  .refine(namesOne, NAMES_ONE);

type DockerSignalConfig = z.infer<typeof dockerSignalSchema>;

export const dockerSignal: ReloadKind<DockerSignalConfig> = {
  kind: "docker-signal",
  connectionKind: "docker",
  schema: dockerSignalSchema,
  async connect(config, context) {
    const { connection, node } = config;
    const whose = describeSubject(config);
    const at = node === undefined ? connection : `${connection}@${node}`;
    return {
      id: `docker-signal:${config.signal}:${at}/${whose.replace(" ", "/")}`,
      async reload(signal) {
        const engine = context.connection<DockerClient>("docker", connection).engine(node);
        const reached = [];
        for (const id of await runningContainers(engine, config, signal)) {
          const path = `/containers/${id}/kill`;
          const what = `send ${config.signal} to the ${whose}`;
          reached.push(await toContainer(engine, { path, query: { signal: config.signal }, what }, signal));
        }
        // Containers that ended in between will read the file when they are started again, unless all did.
        if (!reached.includes(true)) throw noneRuns(whose, engine);
      },
      inspect(_around, signal) {
        const engine = context.connection<DockerClient>("docker", connection).engine(node);
        return inspectContainers(engine, config, signal);
      },
    } satisfies Reload;
  },
};
