import { RotationError } from "../../domain/errors.ts";
import type { Environment } from "../../domain/expand-path.ts";
import { DirectEngine } from "./direct-engine.ts";
import { DockerEngine } from "./engine.ts";
import type { DockerConnectionConfig } from "./schema.ts";
import { Swarm } from "./swarm.ts";

/** What a configured connection of kind `docker` gives: the swarm, and each engine by its node's name. */
export interface DockerClient {
  readonly swarm: Swarm;
  /** The engine of the connection's own host, or that of a node; throws `config-invalid` for a node without a host. */
  engine(node?: string): DockerEngine;
  /** The same engines without a library in between: for calls that cannot wait for it to be loaded. */
  direct(node?: string): DirectEngine;
  /** Names of the nodes that have a host of their own. */
  readonly nodes: readonly string[];
}

/** Connects nothing yet: the library is loaded, and the engine asked, by the first call. */
export function createDockerClient(config: DockerConnectionConfig, env: Environment): DockerClient {
  const manager = new DockerEngine(config.host, config.tls, env);
  const nodes = new Map(
    Object.entries(config.nodes ?? {}).map(([name, host]) => [name, new DockerEngine(host, config.tls, env)]),
  );
  return {
    swarm: new Swarm(manager),
    nodes: [...nodes.keys()],
    direct(node) {
      const host = node === undefined ? config.host : (config.nodes?.[node] ?? config.host);
      return new DirectEngine(host, config.tls, env);
    },
    engine(node) {
      if (node === undefined) return manager;
      const engine = nodes.get(node);
      if (engine !== undefined) return engine;
      throw new RotationError("config-invalid", {
        kind: "rejected",
        message: `the Docker connection names no host for the node ${node}`,
        hint: "Add it to the connection's nodes.",
      });
    },
  };
}
