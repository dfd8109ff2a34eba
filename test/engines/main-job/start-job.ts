/** A tenant that lags and fails, a service on the real swarm, and keyturn between them. */
import { HOSTILE } from "../../../src/sandbox/entra/faults.ts";
import { World } from "../../e2e/world/world.ts";
import type { RealSwarm } from "../docker/start-swarm.ts";
import { swarmConsumer, type SwarmConsumer, type SwarmConsumerOrder } from "./swarm-consumer.ts";

export type JobWorld = World<SwarmConsumer>;

export interface JobOrder extends SwarmConsumerOrder {
  readonly overlap?: string;
}

/** Runs `body` in a world of its own on the swarm that all share. */
export async function withJob(
  swarm: RealSwarm,
  order: JobOrder,
  body: (world: JobWorld) => Promise<void>,
): Promise<void> {
  const { overlap = "1h" } = order;
  const world = await World.start({ seed: ++seeds, overlap, consumer: swarmConsumer(swarm, order) });
  // A sign-in that is throttled says nothing about a secret, and there are few of them here.
  world.entra.faults.rates = { ...HOSTILE, token: [] };
  try {
    await body(world);
  } finally {
    await world.close();
  }
}

let seeds = 0;
