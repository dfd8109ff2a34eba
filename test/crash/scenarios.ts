/** Situations in which a careless saga ends badly; each is crossed with crashes and port failures at every point. */
import { HOUR_MS } from "../../src/domain/time.ts";
import type { MemoryJournal } from "./world/memory-journal.ts";
import type { Scenario } from "./world/scenario.ts";

const PAIR = { a: ["x", "y"], b: ["x"] } as const;

export const SCENARIOS: readonly Scenario[] = [
  { name: "one secret, one consumer", world: { services: { a: ["x"] } }, before: 1 },
  { name: "two secrets, one shared and one own consumer", world: { services: PAIR }, before: 1 },
  {
    name: "two secrets, verify fails for one",
    world: { services: PAIR, broken: { "verify x": "rejected" } },
    before: 1,
  },
  { name: "two secrets, create fails for the other", world: { services: PAIR, broken: { "create y": "rejected" } }, before: 1 },
  { name: "confirm fails at the second consumer", world: { services: PAIR, broken: { "confirm b": "rejected" } }, before: 1 },
  { name: "a second deliver fails", world: { services: PAIR, broken: { "deliver y": "rejected" } }, before: 1 },
  { name: "the first rotation of an unmanaged secret", world: { services: { a: ["x"] } } },
  {
    name: "the first rotation is rolled back",
    world: { services: { a: ["x"] }, broken: { "confirm a": "rejected" } },
  },
  {
    name: "parked for its window",
    world: { services: { a: ["x"] } },
    policy: { window: { days: ["thu"], fromMinute: 120, toMinute: 300 }, maxAgeMs: HOUR_MS },
    request: { now: false, trigger: "schedule" },
    before: 1,
  },
  {
    name: "a service joins late with what was there before",
    world: { services: { a: ["x"] } },
    before: 1,
    meanwhile: (world) => void world.services.set("late", lateService(world)),
  },
  {
    name: "swarm rolls back by itself",
    world: { services: { a: ["x"] } },
    before: 1,
    meanwhile: (world) => {
      const old = [...world.copies.values()].find((copy) => copy.ref.version === 1);
      const value = old?.material["value"]?.reveal((text) => text);
      if (old !== undefined && value !== undefined) world.rollBackBySwarm("a", "x", { ref: old.ref, value });
    },
  },
  {
    name: "a back-up restored from between a create's intent and its outcome",
    world: { services: { a: ["x"] } },
    before: 1,
    restore: (journal) => journal.restoredTo(lastIntentOf(journal, "create")),
    mayNeedOperator: true,
  },
  {
    name: "a back-up restored from between an activate's intent and its outcome",
    world: { services: PAIR },
    before: 1,
    restore: (journal) => journal.restoredTo(lastIntentOf(journal, "activate")),
  },
  { name: "reads lag", world: { services: { a: ["x"] }, readLagMs: 40_000 }, before: 1 },
  { name: "an application that allows two credentials", world: { services: { a: ["x"] }, limit: 2, readLagMs: 5_000 }, before: 1 },
  { name: "material that we choose", world: { services: { a: ["x"] }, supplied: ["x"] }, before: 1 },
  {
    name: "material that we choose, refused",
    world: { services: { a: ["x"] }, supplied: ["x"], broken: { "create x": "rejected" } },
    before: 1,
  },
  {
    name: "no overlap asked for",
    world: { services: { a: ["x"] } },
    before: 1,
    request: { revokeNow: true },
  },
  {
    name: "the far side refuses to undo",
    world: { services: { a: ["x"] }, broken: { "confirm a": "rejected", "revert a": "rejected" } },
    before: 1,
    mayNeedOperator: true,
  },
];

/** Where the last run's intent stands; the whole journal when that run never came so far. */
function lastIntentOf(journal: MemoryJournal, step: string): number {
  const started = journal.entries.findLast(({ record }) => record.type === "run-started");
  const entry = journal.entries.findLast(({ record }) => record.type === "intent" && record.step === step);
  return entry !== undefined && entry.seq > (started?.seq ?? 0) ? entry.seq : journal.entries.length;
}

function lateService(world: { services: ReadonlyMap<string, { uses: ReadonlyMap<string, unknown> }> }): never {
  const uses = new Map(world.services.get("a")?.uses);
  return { id: "late", uses, restarts: 0, version: 1 } as never;
}
