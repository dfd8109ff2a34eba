import type { ConnectionKind } from "../domain/ports.ts";
import { createDockerClient } from "./docker/client.ts";
import { dockerConnectionSchema, type DockerConnectionConfig } from "./docker/schema.ts";
import { connectEntra } from "./entra/entra-connection.ts";
import { entraConnectionSchema, type EntraConnectionConfig } from "./entra/schema.ts";

const entra: ConnectionKind<EntraConnectionConfig> = {
  kind: "entra",
  schema: entraConnectionSchema,
  connect: connectEntra,
};

const docker: ConnectionKind<DockerConnectionConfig> = {
  kind: "docker",
  schema: dockerConnectionSchema,
  connect: (config, { env }) =>
    Promise.resolve({ ...createDockerClient(config, env), close: () => Promise.resolve() }),
};

export const connections: readonly ConnectionKind<unknown>[] = [entra, docker];
