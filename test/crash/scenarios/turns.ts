/** Roles that take turns: a version needs one that is free, and an attempt may find what an earlier one has done. */
import type { Scenario } from "../world/scenario.ts";

const TURNS_OF_TWO = {
  services: { a: ["x"] },
  supplied: ["x"],
  turns: { x: ["first", "second"] },
} as const;

export const TURNS: readonly Scenario[] = [
  { name: "roles take turns", world: TURNS_OF_TWO, before: 1 },
  { name: "roles take turns while calls land late", world: { ...TURNS_OF_TWO, lateMs: 55_000 }, before: 1 },
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
