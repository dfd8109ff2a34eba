import { z } from "zod";
import type { AttachmentNote } from "./attachment-note.ts";
import type { Found } from "./found-containers.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Json } from "../../domain/ports.ts";
import type { Clock } from "../../domain/time.ts";

const networksSchema = z.record(z.string(), z.looseObject({ NetworkID: z.string() }));
const inspectSchema = z.object({ NetworkSettings: z.object({ Networks: networksSchema }) });
type Networks = z.infer<typeof networksSchema>;

/** A disk that does not answer keeps nobody on a network. */
const NOTE_MS = 250;

/** Takes the container off all its networks, and tells how it was on them. Throws where the engine does not let it go. */
export async function disconnect(
  container: Found,
  note: AttachmentNote,
  clock: Clock,
  signal: AbortSignal,
): Promise<Json> {
  const { engine, id, name } = container;
  const networks = await networksOf(container, signal);
  // SAFETY of the cast: it came as JSON.
  const told = networks as Record<string, Json>;
  const noted = note.add(told).catch(() => undefined);
  await Promise.race([noted, clock.sleep(NOTE_MS, signal).catch(() => undefined)]);
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
  return told;
}

/** Puts it back as `disconnect` told; a network that it is on is left alone. */
export async function reconnect(container: Found, networks: Json, signal: AbortSignal): Promise<void> {
  const { engine, id, name } = container;
  const known = Object.entries(networksSchema.safeParse(networks).data ?? {});
  if (known.length === 0) return;
  const now = await networksOf(container, signal);
  for (const [network, { NetworkID, IPAMConfig, Aliases }] of known) {
    if (now[network] !== undefined) continue;
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

async function networksOf({ engine, id, name }: Found, signal: AbortSignal): Promise<Networks> {
  const inspect = { method: "GET", path: `/containers/${id}/json`, what: `inspect ${name}` } as const;
  const read = inspectSchema.safeParse(await engine.call(inspect, signal));
  if (read.success) return read.data.NetworkSettings.Networks;
  throw new RotationError("unexpected-answer", {
    kind: "transient",
    message: `the networks of the container ${name} cannot be told`,
  });
}
