import type { Inspect } from "../domain/check.ts";
import type { ConnectionKind } from "../domain/ports.ts";
import { createDockerClient } from "./docker/client.ts";
import { inspectDocker } from "./docker/inspect-docker.ts";
import { dockerConnectionSchema, type DockerConnectionConfig } from "./docker/schema.ts";
import { connectEntra } from "./entra/entra-connection.ts";
import { entraConnectionSchema, type EntraConnectionConfig } from "./entra/schema.ts";
import { connectPostgres } from "./postgres/postgres-connection.ts";
import { postgresConnectionSchema, type PostgresConnectionConfig } from "./postgres/schema.ts";

const entra: ConnectionKind<EntraConnectionConfig> = {
  kind: "entra",
  schema: entraConnectionSchema,
  connect: connectEntra,
};

const docker: ConnectionKind<DockerConnectionConfig> = {
  kind: "docker",
  schema: dockerConnectionSchema,
  async connect(config, { env }) {
    const client = createDockerClient(config, env);
    const inspect: Inspect = (around, signal) => inspectDocker(client, around, signal);
    return { ...client, inspect, close: () => Promise.resolve() };
  },
};

const postgres: ConnectionKind<PostgresConnectionConfig> = {
  kind: "postgres",
  schema: postgresConnectionSchema,
  connect: connectPostgres,
};

export const connections: readonly ConnectionKind<unknown>[] = [entra, docker, postgres];
