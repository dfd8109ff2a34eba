/** Short moves for tests of one docker-secret target on the stand-in. */
import type { StandInWorld } from "./stand-in-world.ts";
import type { Baseline, Change, Consumer, Target } from "../../../src/domain/ports.ts";
import type { VersionRef } from "../../../src/domain/version.ts";
import { changeTo, version } from "../target-scene.ts";

export const signal = new AbortController().signal;

export async function consumerOf(target: Target, service = "app"): Promise<Consumer> {
  const all = await target.consumers(signal);
  const consumer = all.find(({ id }) => id === `docker-service:swarm/${service}`);
  if (consumer === undefined)
    throw new Error(`no consumer ${service} among ${all.map(({ id }) => id).join()}`);
  return consumer;
}

export interface Prepared {
  readonly target: Target;
  readonly consumer: Consumer;
  readonly baseline: Baseline;
  readonly ref: VersionRef;
  readonly changes: readonly Change[];
}

/** A delivered version of alpha, and the consumer as it is before it switches. */
export async function prepare(
  world: StandInWorld,
  content: string,
  options: Parameters<StandInWorld["connect"]>[1] = {},
): Promise<Prepared> {
  const target = await world.connect("alpha", options);
  const number = (await target.store.highest(signal)) + 1;
  const created = version("alpha", number, content, `run${number}`);
  await target.store.deliver(created, signal);
  const consumer = await consumerOf(target);
  return {
    target,
    consumer,
    baseline: await consumer.current(signal),
    ref: created.ref,
    changes: [changeTo(created.ref)],
  };
}
