/**
 * `docker kill --signal` (ContainerKill of the Engine API): to one container, or to every running container of a swarm
 * service on the engine. Without `node` that engine is the connection's own; tasks on other nodes need a reload each.
 */
import { z } from "zod";
import { signalNameSchema, type SignalName } from "./signal-name.ts";
import type { DockerClient } from "../connections/docker/client.ts";
import { connectionNameSchema } from "../connections/schema.ts";
import { RotationError } from "../domain/errors.ts";
import type { Context, Reload, ReloadKind } from "../domain/ports.ts";

const nameSchema = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "must be a name that Docker gives");

const dockerSignalSchema = z
  .strictObject({
    kind: z.literal("docker-signal"),
    connection: connectionNameSchema,
    container: nameSchema.optional(),
    service: nameSchema.optional(),
    /** One of the connection's nodes. */
    node: z.string().min(1).optional(),
    signal: signalNameSchema.default("SIGHUP"),
  })
  .refine(
    ({ container, service }) => (container === undefined) !== (service === undefined),
    "needs either a container or a service",
  );

type DockerSignalConfig = z.infer<typeof dockerSignalSchema>;
type Engine = ReturnType<DockerClient["engine"]>;

export const dockerSignal: ReloadKind<DockerSignalConfig> = {
  kind: "docker-signal",
  connectionKind: "docker",
  schema: dockerSignalSchema,
  async connect(config, context) {
    const whose = subjectOf(config);
    const at = config.node === undefined ? config.connection : `${config.connection}@${config.node}`;
    return {
      id: `docker-signal:${config.signal}:${at}/${whose.replace(" ", "/")}`,
      async reload(signal) {
        const engine = engineOf(config, context);
        const containers = await runningContainers(engine, config, signal);
        if (containers.length === 0) throw notRunning(whose, engine);
        const reached = [];
        for (const id of containers) reached.push(await kill(engine, id, config.signal, whose, signal));
        // Containers that ended in between will read the file when they are started again, unless all did.
        if (!reached.includes(true)) throw notRunning(whose, engine);
      },
    } satisfies Reload;
  },
};

function engineOf({ connection, node }: DockerSignalConfig, context: Context): Engine {
  return context.connection<DockerClient>("docker", connection).engine(node);
}

function subjectOf({ container, service }: DockerSignalConfig): string {
  return service === undefined ? `container ${container}` : `service ${service}`;
}

/** Ids of running containers. The engine's filter by name matches parts of names, so names are compared here. */
async function runningContainers(
  engine: Engine,
  config: DockerSignalConfig,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { container, service } = config;
  const filter =
    service === undefined ? { name: [container] } : { label: [`com.docker.swarm.service.name=${service}`] };
  const filters = JSON.stringify({ ...filter, status: ["running"] });
  const order = {
    method: "GET",
    path: "/containers/json",
    query: { filters },
    what: "list the containers",
  } as const;
  const answer = await engine.call(order, signal);
  const found = containersSchema.safeParse(answer);
  if (!found.success) {
    throw new RotationError("unexpected-answer", {
      kind: "transient",
      message: `could not list the containers at ${engine.host}: the answer is not a list of containers`,
    });
  }
  return found.data
    .filter(({ Names }) => service !== undefined || Names.includes(`/${container}`))
    .map(({ Id }) => Id);
}

const containersSchema = z.array(z.object({ Id: z.string(), Names: z.array(z.string()) }));

/** False when the container ended meanwhile. */
async function kill(
  engine: Engine,
  id: string,
  name: SignalName,
  whose: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await engine.call(
      {
        method: "POST",
        path: `/containers/${id}/kill`,
        query: { signal: name },
        what: `send ${name} to the ${whose}`,
        refused: ({ statusCode }) => (statusCode === 404 || statusCode === 409 ? new Ended() : undefined),
      },
      signal,
    );
    return true;
  } catch (thrown) {
    if (thrown instanceof Ended) return false;
    throw thrown;
  }
}

class Ended extends Error {}

function notRunning(whose: string, engine: Engine): RotationError {
  return new RotationError("process-not-running", {
    kind: "rejected",
    message: `no running container of the ${whose} is on the engine at ${engine.host}`,
    hint: "Start it, or correct the reload: docker ps shows what runs on that engine.",
  });
}
