/** `rollback` as installed, with a process that signs in all the time with whatever it holds. */
import { expect, it } from "vitest";
import { z } from "zod";
import { startQuietFileWorld } from "./world/quiet-world.ts";
import { toldBy } from "./world/start-keyturn.ts";
import { SECRET, type World } from "./world/world.ts";

const ROTATE = ["rotate", "--now", SECRET] as const;
const status = z.object({
  secrets: z.tuple([
    z.object({
      version: z.int().nullable(),
      previous: z.object({ version: z.int() }).nullable(),
      due: z.boolean(),
      health: z.string(),
    }),
  ]),
});

async function statusOf(world: World): Promise<z.infer<typeof status>["secrets"][0]> {
  return status.parse(JSON.parse((await world.keyturn("status", "--json")).stdout)).secrets[0];
}

/** Two rotations; the second one's previous version is alive for an hour. */
async function inOverlap(): Promise<World> {
  const world = await startQuietFileWorld({ overlap: "1h" });
  for (const _ of [1, 2]) expect((await world.keyturn(...ROTATE)).code).toBe(0);
  return world;
}

it("brings the process back, revokes the bad version, exits 0, and holds the secret until it is rotated", async () => {
  const world = await inOverlap();
  const finished = await world.keyturn("rollback", SECRET, "--reason", "bad", "--json");
  expect([finished.code, finished.stderr]).toEqual([0, ""]);
  expect(toldBy(finished).at(-1)).toMatchObject({ type: "run-ended", outcome: "rolled-back", version: 1 });
  expect(world.consumer.heldVersions()).toEqual([1]);
  expect(await statusOf(world)).toMatchObject({ version: 1, previous: null, due: false, health: "held" });
  expect(toldBy(await world.keyturn("rollback", SECRET, "--json")).at(-1)).toMatchObject({
    outcome: "refused",
    error: { code: "nothing-to-roll-back" },
  });

  expect((await world.keyturn(...ROTATE)).code).toBe(0);
  expect(await statusOf(world)).toMatchObject({ version: 3, previous: { version: 1 }, health: "ok" });
  expect(world.consumer.signIns().failed).toBe(0);
});

it("gives the process back the secret made by hand when there was one version only", async () => {
  const world = await startQuietFileWorld({ overlap: "1h" });
  expect((await world.keyturn(...ROTATE)).code).toBe(0);
  expect((await world.keyturn("rollback", SECRET)).code).toBe(0);
  expect(world.consumer.heldVersions()).toEqual([0]);
  expect(await statusOf(world)).toMatchObject({ version: null, previous: null, health: "held" });
  expect((await world.keyturn(...ROTATE)).code).toBe(0);
  expect(world.consumer.signIns().failed).toBe(0);
});

it.each(["verify", "deliver", "activate", "confirm", "retire"])(
  "killed at %s, it is finished by the next recover",
  async (step) => {
    const world = await inOverlap();
    const running = world.start(["rollback", SECRET, "--json"], (line) => {
      if (line.includes(`"name":"${step}"`)) running.kill("SIGKILL");
    });
    expect((await running.finished).code).toBeNull();
    expect((await world.keyturn("recover")).code).toBe(0);
    expect(world.consumer.heldVersions()).toEqual([1]);
    expect(await statusOf(world)).toMatchObject({ version: 1, previous: null, health: "held" });
    expect(world.consumer.signIns().failed).toBe(0);
  },
);
