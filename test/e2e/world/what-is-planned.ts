/** What `plan` and `status` tell, as far as taking over goes. */
import { z } from "zod";
import type { Finished } from "./start-keyturn.ts";
import { SECRET, type World } from "./world.ts";

const iso = z.iso.datetime({ precision: 3 }).nullable();
const credentials = z.array(
  z.strictObject({ id: z.string(), label: z.string().nullable(), createdAt: iso, notAfter: iso }),
);
const plan = z.object({
  runs: z.array(
    z.object({
      secrets: z.array(
        z.object({
          name: z.string(),
          reason: z.string(),
          fromVersion: z.int().nullable(),
          toVersion: z.int(),
          standsFor: z.int().optional(),
          overlapMs: z.int().nullable(),
          foreign: z.int(),
          foreignCredentials: credentials,
        }),
      ),
      consumers: z.array(
        z.object({
          id: z.string(),
          restarts: z.int(),
          tasks: z.int().nullable(),
          secrets: z.array(z.string()),
        }),
      ),
    }),
  ),
  adopted: z.array(z.object({ name: z.string(), credentials, refused: z.array(z.unknown()) })),
  retired: z.array(z.object({ name: z.string(), version: z.int() })),
});
const status = z.object({
  secrets: z.tuple([
    z.object({
      version: z.int().nullable(),
      previous: z.object({ version: z.int() }).nullable(),
      foreign: z.int(),
      foreignCredentials: credentials,
      adoptedCredentials: credentials,
    }),
  ]),
});

type AnyWorld = Pick<World, "keyturn">;

export async function planned(world: AnyWorld): Promise<z.infer<typeof plan>> {
  return plan.parse(JSON.parse((await world.keyturn("plan", "--json")).stdout));
}

export async function shown(world: AnyWorld): Promise<z.infer<typeof status>["secrets"][0]> {
  return status.parse(JSON.parse((await world.keyturn("status", SECRET, "--json")).stdout)).secrets[0];
}

/** Every line that a command told with `--json`, whole. */
export function toldAll({ stdout }: Finished): readonly Readonly<Record<string, unknown>>[] {
  const lines = stdout.split("\n").filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ type }) => type !== "step");
}
