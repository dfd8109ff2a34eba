import type { LoadedConfig } from "../config/config.ts";
import { createDockerClient } from "../connections/docker/client.ts";
import { readConfig } from "../connections/docker/configs.ts";
import type { DockerConnectionConfig } from "../connections/docker/schema.ts";
import { RotationError } from "../domain/errors.ts";
import type { Environment } from "../domain/expand-path.ts";

export interface DockerConfigOrder {
  readonly config: LoadedConfig;
  /** `null` for the only one there is. */
  readonly connection: string | null;
  readonly name: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export async function readDockerConfig(order: DockerConfigOrder): Promise<Uint8Array> {
  const client = createDockerClient(chosen(order), order.env);
  return readConfig(client.engine(), order.name, order.signal);
}

function chosen({ config, connection }: DockerConfigOrder): DockerConnectionConfig {
  const all = [...config.connections].filter(([, { kind }]) => kind === "docker");
  const found = connection === null ? all : all.filter(([name]) => name === connection);
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first[1].config as DockerConnectionConfig;
  const names = all.map(([name]) => name).join(", ") || "none";
  throw new RotationError("usage", {
    kind: "rejected",
    message:
      connection === null
        ? "a docker-config needs one connection of kind docker in the configuration"
        : `there is no connection \`${connection}\` of kind docker`,
    hint: `Write docker-config:CONNECTION/NAME; there are: ${names}.`,
  });
}
