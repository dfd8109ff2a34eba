import { z } from "zod";
import type { Found } from "./found-containers.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Json } from "../../domain/ports.ts";

const networksSchema = z.object({
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.looseObject({ NetworkID: z.string() })) }),
});

/** Takes the container off all its networks, and tells how it was on them. Throws where the engine does not let it go. */
export async function disconnect({ engine, id, name }: Found, signal: AbortSignal): Promise<Json> {
  const inspect = { method: "GET", path: `/containers/${id}/json`, what: `inspect ${name}` } as const;
  const read = networksSchema.safeParse(await engine.call(inspect, signal));
  if (!read.success) throw unclear(name);
  const networks = read.data.NetworkSettings.Networks;
  await Promise.all(
    Object.entries(networks).map(([network, { NetworkID }]) =>
      engine.call(
        {
          method: "POST",
          path: `/networks/${NetworkID}/disconnect`,
          body: { Container: id, Force: true },
          what: `take ${name} off the network ${network}`,
        },
        signal,
      ),
    ),
  );
  // SAFETY of the cast: it came as JSON.
  return networks as Json;
}

/** Puts it back as `disconnect` told. */
export async function reconnect(container: Found, networks: Json, signal: AbortSignal): Promise<void> {
  const { engine, id, name } = container;
  const known = networksSchema.shape.NetworkSettings.shape.Networks.safeParse(networks);
  for (const [network, { NetworkID, IPAMConfig, Aliases }] of Object.entries(known.data ?? {})) {
    await engine.call(
      {
        method: "POST",
        path: `/networks/${NetworkID}/connect`,
        body: { Container: id, EndpointConfig: { IPAMConfig, Aliases } },
        what: `put ${name} back on the network ${network}`,
      },
      signal,
    );
  }
}

function unclear(name: string): RotationError {
  return new RotationError("unexpected-answer", {
    kind: "transient",
    message: `the networks of the container ${name} cannot be told`,
  });
}
