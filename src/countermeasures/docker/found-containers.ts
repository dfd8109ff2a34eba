/** Running and paused containers that a scope names, on one engine, in one call. */
import { z } from "zod";
import type { DirectEngine } from "../../connections/docker/direct-engine.ts";
import { RotationError } from "../../domain/errors.ts";

export interface Chosen {
  readonly services: readonly string[];
  readonly containers: readonly string[];
}

export interface Found {
  readonly engine: DirectEngine;
  readonly id: string;
  readonly name: string;
  /** The swarm service that it is a task of. */
  readonly service: string | null;
  readonly paused: boolean;
  /** Whether it is on any network. */
  readonly connected: boolean;
}

export async function findContainers(
  engine: DirectEngine,
  { services, containers }: Chosen,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const query = { filters: JSON.stringify({ status: ["running", "paused", "restarting"] }) };
  const order = { method: "GET", path: "/containers/json", query, what: "list the containers" } as const;
  const listed = listSchema.safeParse(await engine.call(order, signal));
  if (!listed.success) {
    throw new RotationError("unexpected-answer", {
      kind: "transient",
      message: `could not list the containers at ${engine.host}: the answer is not a list of containers`,
    });
  }
  const found = listed.data.map(({ Id, Names, Labels, State, NetworkSettings }): Found => {
    const service = Labels?.["com.docker.swarm.service.name"] ?? null;
    const [name = Id] = Names.map((each) => each.slice(1));
    const connected = Object.keys(NetworkSettings?.Networks ?? { unknown: null }).length > 0;
    return { engine, id: Id, name, service, paused: State === "paused", connected };
  });
  return found.filter(({ name, service }) =>
    service === null ? containers.includes(name) : services.includes(service),
  );
}

const listSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    Labels: z.record(z.string(), z.string()).nullish(),
    State: z.string(),
    NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  }),
);
