/** Connects targets of kind `docker-secret` as the program does. */
import { setTimeout as sleep } from "node:timers/promises";
import { createDockerClient } from "../../../src/connections/docker/client.ts";
import type { DockerClient } from "../../../src/connections/docker/client.ts";
import type { Target, TargetContext } from "../../../src/domain/ports.ts";
import type { Clock } from "../../../src/domain/time.ts";
import { dockerSecret } from "../../../src/targets/docker-secret.ts";

export interface TargetOptions {
  /** keyturn's secret, when its name is another one. */
  readonly secret?: string;
  readonly services?: "auto" | readonly string[];
  readonly content?: string;
  readonly converge?: string;
}

/** A function that connects targets over one client, for the Docker secrets `name`; keyturn's secret has the same name unless told. */
export function dockerSecretConnector(
  host: string,
  clock: Clock,
): (name: string, options?: TargetOptions) => Promise<Target> {
  const client = createDockerClient({ kind: "docker", host }, {});
  const context: TargetContext = {
    clock,
    env: {},
    connection: <T>() => client satisfies DockerClient as T,
    reload: () => Promise.reject(new Error("a docker-secret target has no reload")),
  };
  return (name, { secret = name, ...options } = {}) => {
    const config = dockerSecret.schema.parse({
      kind: "docker-secret",
      connection: "swarm",
      name,
      ...options,
    });
    return dockerSecret.connect(config, secret, context);
  };
}

/** Real time, `factor` times as fast. */
export function clockOf(factor: number): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now() * factor,
    sleep: (ms, signal) => sleep(ms / factor, undefined, { signal }),
  };
}
