/** `plan` as installed: its shape, that it comes true, and that it leaves no trace but its own sign-in. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { startQuietFileWorld } from "./world/quiet-world.ts";
import { toldBy } from "./world/start-keyturn.ts";
import { SECRET, type World } from "./world/world.ts";

const iso = z.iso.datetime({ precision: 3 });
const plan = z.object({
  runs: z.array(
    z.object({
      secrets: z
        .array(
          z.object({
            name: z.string(),
            reason: z.enum(["requested", "age", "expiry", "schedule", "target-added"]),
            dueAt: iso.nullable(),
            fromVersion: z.int().nullable(),
            toVersion: z.int().optional(),
          }),
        )
        .min(1),
      consumers: z.array(z.object({ id: z.string(), restarts: z.int() })),
      refused: z.object({ code: z.string(), message: z.string() }).optional(),
    }),
  ),
});

/** The journal's bytes, those that are not yet merged included. A reader may leave an empty file for those. */
function journalOf(world: World): readonly string[] {
  return ["journal.db", "journal.db-wal"].map((name) => {
    const path = join(world.stateDir, name);
    return existsSync(path) ? readFileSync(path, "hex") : "";
  });
}

it("foresees the version and the consumers of the rotation that follows, and writes nothing anywhere", async () => {
  const world = await startQuietFileWorld();
  expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  const journal = journalOf(world);
  const asked = new Set<string>();
  world.onRequest((operation) => {
    asked.add(operation);
    return null;
  });
  const planned = await world.keyturn("plan", "--now", SECRET, "--json");
  expect([planned.code, planned.stderr]).toEqual([0, ""]);
  expect([...asked].toSorted()).toEqual(["discovery", "read", "token"]);
  expect(journalOf(world)).toEqual(journal);
  expect(await world.keyturn("rotate", "--now", SECRET, "--dry-run", "--json")).toMatchObject({
    code: 0,
    stdout: planned.stdout,
  });

  const { runs } = plan.parse(JSON.parse(planned.stdout));
  expect(runs).toMatchObject([
    { secrets: [{ name: SECRET, reason: "requested", fromVersion: 1, toVersion: 2 }] },
  ]);
  const steps = toldBy(await world.keyturn("rotate", "--now", SECRET, "--json"));
  expect(steps.at(-1)).toMatchObject({ outcome: "rotated", version: 2 });
  const switched = steps.filter((step) => step.type === "step" && step.name === "activate");
  expect(new Set(switched.map((step) => (step as { subject?: string }).subject))).toEqual(
    new Set(runs[0]?.consumers.map(({ id }) => id)),
  );
});

it("tells a refusal as a run of its own, and exits 0", async () => {
  const world = await startQuietFileWorld();
  for (const _ of [1, 2]) expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  const planned = await world.keyturn("plan", "--now", SECRET, "--json");
  expect(planned.code).toBe(0);
  expect(plan.parse(JSON.parse(planned.stdout)).runs).toMatchObject([
    { secrets: [{ name: SECRET, fromVersion: 2 }], consumers: [], refused: { code: "overlap-open" } },
  ]);
});

it("warns of a consumer that keeps a value longer than the previous version works, as config check does", async () => {
  const world = await startQuietFileWorld({ overlap: "1h" });
  const [target] = world.consumer.targets;
  world.configure((parts) => ({
    ...parts,
    secrets: { [SECRET]: { ...parts.secrets[SECRET], targets: [{ ...target, cache: "2h" }] } },
  }));
  const checked = await world.keyturn("config", "check");
  expect([checked.code, checked.stderr]).toEqual([0, expect.stringMatching(/targets\[0\]\.cache: .*2h.*1h/)]);
  expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  const planned = await world.keyturn("plan", "--now", SECRET, "--json");
  expect(JSON.parse(planned.stdout)).toMatchObject({
    runs: [{ warnings: [expect.stringMatching(/2h.*`p`.*1h/)] }],
  });
  const hasty = await world.keyturn("plan", "--now", SECRET, "--revoke-now", "--json");
  expect(JSON.parse(hasty.stdout)).toMatchObject({
    runs: [{ warnings: [expect.stringMatching(/--revoke-now leaves no overlap/)] }],
  });
});
