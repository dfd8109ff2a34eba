/** A connection of kind `docker` as `doctor` tells it: the engine, its part in a swarm, and the nodes' engines. */
import { z } from "zod";
import { failed, looked, notCheckable, proved, type Finding, type Surroundings } from "../../domain/check.ts";
import { RotationError } from "../../domain/errors.ts";
import type { DockerClient } from "./client.ts";
import { isTooOld, tooOld, type DockerEngine, type EngineVersion } from "./engine.ts";
import { inspectMounts } from "./inspect-mounts.ts";

const info = z.object({
  Swarm: z
    .object({ LocalNodeState: z.string(), ControlAvailable: z.boolean(), Nodes: z.number().nullish() })
    .nullish(),
});

export async function inspectDocker(
  client: DockerClient,
  around: Surroundings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const engine = client.engine();
  // Throws when nothing answers there: then there is nothing else to be said.
  const version = await engine.version(signal);
  const answered = proved("reachable", `the engine at ${engine.host} answers`);
  if (isTooOld(version.api)) {
    const { message, hint } = tooOld(version.api, engine.host);
    return [answered, failed("engine-version", message, hint ?? "")];
  }
  const parts = await Promise.all([
    looked("swarm", () => inspectSwarm(engine, signal)),
    ...client.nodes.map((node) => inspectNode(client, node, signal)),
    looked("file-mounts", () => inspectMounts(client, around.files, signal)),
  ]);
  return [answered, proved("engine-version", described(version)), ...parts.flat()];
}

function described({ api, release }: EngineVersion): string {
  return `Docker ${release ?? "of an unknown release"}, API ${api}`;
}

/** That it is no manager is wrong only for what needs one, which says so itself. */
async function inspectSwarm(engine: DockerEngine, signal: AbortSignal): Promise<readonly Finding[]> {
  const order = { method: "GET", path: "/info", what: "read the engine's state" } as const;
  const read = info.safeParse(await engine.call(order, signal));
  if (!read.success) {
    throw new RotationError("unexpected-answer", {
      kind: "transient",
      message: `could not ${order.what} at ${engine.host}: the answer has another form than it should`,
      hint: "Check the connection's host, and whether a proxy answers in the engine's place.",
    });
  }
  const { Swarm: swarm } = read.data;
  if (swarm?.ControlAvailable !== true) {
    const part = swarm?.LocalNodeState === "active" ? "a worker" : "no part";
    return [
      proved("swarm", `the engine is ${part} of a swarm: enough for containers, not for Docker secrets`),
    ];
  }
  const nodes = swarm.Nodes === 1 ? "1 node" : `${swarm.Nodes ?? "?"} nodes`;
  return [proved("swarm", `the engine is a manager of a swarm of ${nodes}`)];
}

async function inspectNode(
  client: DockerClient,
  node: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const engine = client.engine(node);
  return looked("node-engine", async () => {
    const version = await engine.version(signal);
    return isTooOld(version.api)
      ? [notCheckable("node-engine", `${node}: ${tooOld(version.api, engine.host).message}`)]
      : [proved("node-engine", `${node}: the engine at ${engine.host} answers, ${described(version)}`)];
  });
}
