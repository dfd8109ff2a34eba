import type { Engine } from "../connections/docker/running-containers.ts";

export interface ContainerOrder {
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly what: string;
}

/** Has the engine do something to a container; false when that ended meanwhile. */
export async function toContainer(
  engine: Engine,
  order: ContainerOrder,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await engine.call(
      {
        ...order,
        method: "POST",
        refused: ({ statusCode }) => (statusCode === 404 || statusCode === 409 ? new Ended() : undefined),
      },
      signal,
    );
    return true;
  } catch (thrown) {
    if (thrown instanceof Ended) return false;
    throw thrown;
  }
}

class Ended extends Error {}
