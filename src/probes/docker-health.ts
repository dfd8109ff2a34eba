/**
 * Passes when every running container of a service, or the one container, is healthy by its own health check
 * (HEALTHCHECK). Only one engine is asked: the connection's own, or a node's.
 */
import { z } from "zod";
import { inspectLook } from "./inspect-look.ts";
import { poll, type Look } from "./poll.ts";
import type { DockerClient } from "../connections/docker/client.ts";
import {
  describeSubject,
  dockerNameSchema,
  NAMES_ONE,
  namesOne,
  runningContainers,
  type Engine,
} from "../connections/docker/running-containers.ts";
import { connectionNameSchema, durationSchema } from "../connections/schema.ts";
import { RotationError } from "../domain/errors.ts";
import type { Probe, ProbeKind } from "../domain/ports.ts";
import { SECOND_MS } from "../domain/time.ts";

const LOOK_MS = 15 * SECOND_MS;

const dockerHealthSchema = z
  .strictObject({
    kind: z.literal("docker-health"),
    connection: connectionNameSchema,
    container: dockerNameSchema.optional(),
    service: dockerNameSchema.optional(),
    /** One of the connection's nodes. */
    node: z.string().min(1).optional(),
    within: durationSchema.prefault("60s"),
    every: durationSchema.prefault("1s"),
  })
  .refine(namesOne, NAMES_ONE);

type DockerHealthConfig = z.infer<typeof dockerHealthSchema>;

export const dockerHealth: ProbeKind<DockerHealthConfig> = {
  kind: "docker-health",
  connectionKind: "docker",
  schema: dockerHealthSchema,
  async connect(config, context) {
    const { connection, node, within: withinMs, every: everyMs } = config;
    const subject = `${describeSubject(config)} at ${node === undefined ? connection : `${connection}@${node}`}`;
    const look = (stop: AbortSignal): Promise<Look<"probed">> =>
      lookAt(context.connection<DockerClient>("docker", connection).engine(node), config, stop);
    return {
      id: `docker-health:${subject}`,
      inspect: (_around, signal) => inspectLook(subject, LOOK_MS, signal, look),
      async probe(_version, signal) {
        return poll({ subject, withinMs, everyMs, lookMs: LOOK_MS, look }, context.clock, signal);
      },
    } satisfies Probe;
  },
};

async function lookAt(
  engine: Engine,
  config: DockerHealthConfig,
  signal: AbortSignal,
): Promise<Look<"probed">> {
  try {
    const ids = await runningContainers(engine, config, signal);
    if (ids.length === 0) return { seen: "no running container" };
    const healths = await Promise.all(ids.map((id) => healthOf(engine, id, signal)));
    const ill = healths.find((health) => health !== "healthy");
    return ill === undefined ? { passed: "probed" } : { seen: ill };
  } catch (thrown) {
    // An engine that does not answer now may do so at the next look.
    if (signal.aborted || !(thrown instanceof RotationError) || thrown.kind !== "transient") throw thrown;
    return { seen: thrown.code };
  }
}

/** The words are the engine's own; its health check's output may hold anything, and is left alone. */
async function healthOf(engine: Engine, id: string, signal: AbortSignal): Promise<string> {
  const order = { method: "GET", path: `/containers/${id}/json`, what: "read a container's health" } as const;
  try {
    const gone = ({ statusCode }: { statusCode: number }): Error | undefined =>
      statusCode === 404 ? new Gone() : undefined;
    const found = containerSchema.safeParse(await engine.call({ ...order, refused: gone }, signal));
    if (!found.success) return "an answer that is no container";
    const { Health } = found.data.State;
    return Health === null || Health === undefined || Health.Status === "none"
      ? "a container without a health check"
      : Health.Status === "healthy"
        ? "healthy"
        : `a container that is ${Health.Status}`;
  } catch (thrown) {
    if (thrown instanceof Gone) return "a container that has just ended";
    throw thrown;
  }
}

class Gone extends Error {}

const containerSchema = z.object({
  State: z.object({
    Health: z.object({ Status: z.enum(["none", "starting", "healthy", "unhealthy"]) }).nullish(),
  }),
});
