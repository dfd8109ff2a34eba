/** Containers that a configuration names: one by its name, or those of a swarm service on one engine. */
import { z } from "zod";
import type { DockerClient } from "./client.ts";
import { RotationError } from "../../domain/errors.ts";

export type Engine = ReturnType<DockerClient["engine"]>;

export const dockerNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "must be a name that Docker gives");

/** Either of the two. */
export interface ContainerSubject {
  readonly container?: string | undefined;
  readonly service?: string | undefined;
}

export function namesOne({ container, service }: ContainerSubject): boolean {
  return (container === undefined) !== (service === undefined);
}

export const NAMES_ONE = "needs either a container or a service";

/** For people: `service api`. */
export function describeSubject({ container, service }: ContainerSubject): string {
  return service === undefined ? `container ${container}` : `service ${service}`;
}

/** Ids of running containers. The engine's filter by name matches parts of names, so names are compared here. */
export async function runningContainers(
  engine: Engine,
  { container, service }: ContainerSubject,
  signal: AbortSignal,
): Promise<readonly string[]> {
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

export function noneRuns(whose: string, engine: Engine): RotationError {
  return new RotationError("process-not-running", {
    kind: "rejected",
    message: `no running container of the ${whose} is on the engine at ${engine.host}`,
    hint: "Start it, or correct the reload: docker ps shows what runs on that engine.",
  });
}
