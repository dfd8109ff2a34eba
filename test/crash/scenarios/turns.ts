/** Roles that take turns: a version needs one that is free, and an attempt may find what an earlier one has done. */
import type { Scenario } from "../world/scenario.ts";
import type { World } from "../world/world.ts";

const TURNS_OF_TWO = {
  services: { a: ["x"] },
  supplied: ["x"],
  turns: { x: ["first", "second"] },
} as const;

export const TURNS: readonly Scenario[] = [
  { name: "roles take turns", world: TURNS_OF_TWO, before: 1 },
  { name: "roles take turns while calls land late", world: { ...TURNS_OF_TWO, lateMs: 55_000 }, before: 1 },
  {
    name: "roles take turns, and an attempt that was given up lands after the next one",
    world: { ...TURNS_OF_TWO, lateMs: 1_000 },
    before: 1,
    when: {
      record: (record) => record.type === "outcome" && record.step === "create" && record.result === "done",
      happens: earlierAttemptLands,
    },
  },
  {
    name: "roles take turns, and the new one is never accepted",
    world: { ...TURNS_OF_TWO, stillborn: ["x"] },
    before: 1,
  },
  {
    name: "roles take turns: back to the one before",
    world: TURNS_OF_TWO,
    before: 1,
    fresh: true,
    rollBack: "x",
  },
  {
    name: "roles take turns without an overlap",
    world: TURNS_OF_TWO,
    before: 1,
    request: { revokeNow: true },
  },
  {
    name: "roles take turns: both live, and no overlap is asked for",
    world: TURNS_OF_TWO,
    before: 1,
    fresh: true,
    request: { revokeNow: true },
  },
];

/** It brings the same password to the same role, under its own marker. */
function earlierAttemptLands(world: World): void {
  const made = world.issuer.live().at(-1);
  if (made?.marker == null) throw new Error("nothing was made");
  const marker = made.marker.replace(/\d+$/, "0");
  world.landLater(() => {
    // On a free role it would be a stray like any other, but this attempt was never made, so it is on no sweep list.
    if (!world.issuer.isAlive(made.id)) return;
    try {
      world.issuer.create("x", marker, made.value);
    } catch {
      // Refused, as it should be; nobody is left to tell.
    }
  });
}
