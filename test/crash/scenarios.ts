/** Situations in which a careless saga ends badly; each is crossed with crashes and port failures at every point. */
import type { JournalRecord } from "../../src/domain/journal-record.ts";
import { HOUR_MS } from "../../src/domain/time.ts";
import { MANUAL_SCENARIOS } from "./scenarios/manual.ts";
import { TURNS } from "./scenarios/turns.ts";
import { EXTEND } from "./scenarios/extend.ts";
import { ADOPTIONS } from "./scenarios/adopt.ts";
import type { MemoryJournal } from "./world/memory-journal.ts";
import type { Scenario } from "./world/scenario.ts";
import type { World } from "./world/world.ts";

const PAIR = { a: ["x", "y"], b: ["x"] } as const;
const TWO_STORES = { x: ["one", "two"], y: ["one", "two"] } as const;

export const SCENARIOS: readonly Scenario[] = [
  ...ADOPTIONS,
  { name: "one secret, one consumer", world: { services: { a: ["x"] } }, before: 1 },
  { name: "two secrets, one shared and one own consumer", world: { services: PAIR }, before: 1 },
  {
    name: "two secrets, verify fails for one",
    world: { services: PAIR, broken: { "verify x": "rejected" } },
    before: 1,
  },
  {
    name: "two secrets, create fails for the other",
    world: { services: PAIR, broken: { "create y": "rejected" } },
    before: 1,
  },
  {
    name: "confirm fails at the second consumer",
    world: { services: PAIR, broken: { "confirm b": "rejected" } },
    before: 1,
  },
  {
    name: "a second deliver fails",
    world: { services: PAIR, broken: { "deliver y@store:y": "rejected" } },
    before: 1,
  },
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
    meanwhile: joinLike("a"),
    keepsPrevious: true,
    personMovesOn: true,
  },
  {
    name: "a service joins between baseline and pivot",
    world: { services: { a: ["x"] } },
    before: 1,
    when: { record: isA("baseline-taken"), happens: joinLike("a") },
    keepsPrevious: true,
    personMovesOn: true,
  },
  {
    name: "a service joins with the new version, and the run is rolled back",
    world: { services: PAIR, broken: { "confirm b": "rejected" } },
    before: 1,
    when: { record: (record) => record.type === "outcome" && record.subject === "a", happens: joinLike("a") },
    again: true,
  },
  {
    name: "swarm rolls back by itself",
    world: { services: { a: ["x"] } },
    before: 1,
    meanwhile: swarmRollsBack,
    keepsPrevious: true,
  },
  {
    name: "swarm rolls back by itself before it is seen to converge",
    world: { services: { a: ["x"] } },
    before: 1,
    when: {
      record: (record) => record.type === "intent" && record.step === "confirm",
      happens: swarmRollsBack,
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
  {
    name: "reads lag and flap",
    world: { services: { a: ["x"] }, readLagMs: 20_000, flapMs: 60_000 },
    before: 1,
  },
  { name: "calls land late", world: { services: { a: ["x"] }, lateMs: 55_000 }, before: 1 },
  {
    name: "a credential takes its time to settle",
    world: { services: { a: ["x"] }, settleMs: 25_000 },
    before: 1,
  },
  {
    name: "a credential never works",
    world: { services: PAIR, settleMs: 25_000, stillborn: ["y"] },
    before: 1,
  },
  { name: "a service does not converge", world: { services: PAIR, stuck: ["b"] }, before: 1 },
  {
    name: "two stores, the second refuses",
    world: { services: PAIR, stores: TWO_STORES, broken: { "deliver y@two": "rejected" } },
    before: 1,
  },
  { name: "two stores, all goes well", world: { services: { a: ["x"] }, stores: TWO_STORES }, before: 1 },
  {
    name: "one depends on the other, which fails",
    world: { services: { a: ["x"], b: ["y"] }, broken: { "verify x": "rejected" } },
    dependsOn: { y: ["x"] },
    before: 1,
  },
  {
    name: "one depends on the other",
    world: { services: { a: ["x"], b: ["y"] } },
    dependsOn: { x: ["y"] },
    before: 1,
  },
  {
    name: "somebody else's copy has the next number",
    world: { services: { a: ["x"] } },
    before: 1,
    when: { record: isA("run-started"), happens: (world) => world.stores.putForeign("x", 2) },
  },
  {
    name: "a secret is taken out of the configuration in the middle",
    world: { services: PAIR },
    before: 1,
    unconfigured: ["x"],
    mayNeedOperator: true,
  },
  {
    name: "a secret that we choose is taken out of the configuration in the middle",
    world: { services: { a: ["x"] }, supplied: ["x"] },
    before: 1,
    unconfigured: ["x"],
    mayNeedOperator: true,
  },
  {
    name: "an application that allows two credentials",
    world: { services: { a: ["x"] }, limit: 2, readLagMs: 5_000 },
    before: 1,
  },
  { name: "material that we choose", world: { services: { a: ["x"] }, supplied: ["x"] }, before: 1 },
  {
    name: "material that we choose, refused",
    world: { services: { a: ["x"] }, supplied: ["x"], broken: { "create x": "rejected" } },
    before: 1,
  },
  ...TURNS,
  {
    name: "no overlap asked for",
    world: { services: { a: ["x"] } },
    before: 1,
    request: { revokeNow: true },
  },
  { name: "a rollback", world: { services: PAIR }, before: 1, fresh: true, rollBack: "x" },
  {
    name: "a rollback while reads lag and calls land late",
    world: { services: PAIR, readLagMs: 20_000, lateMs: 55_000 },
    before: 1,
    fresh: true,
    rollBack: "x",
  },
  {
    name: "a rollback of what we choose, kept in two stores",
    world: { services: { a: ["x"] }, stores: TWO_STORES, supplied: ["x"] },
    before: 1,
    fresh: true,
    rollBack: "x",
  },
  {
    name: "a rollback at which a service does not converge",
    world: { services: PAIR, stuck: ["b"] },
    before: 1,
    fresh: true,
    rollBack: "x",
  },
  {
    name: "a rollback that a consumer refuses",
    world: { services: PAIR, broken: { "confirm b": "rejected" } },
    before: 1,
    fresh: true,
    rollBack: "x",
    keepsPrevious: true,
  },
  {
    name: "a rollback to a version that was revoked by hand",
    world: { services: PAIR, broken: { "verify x": "rejected" } },
    before: 1,
    fresh: true,
    rollBack: "x",
  },
  {
    name: "a rollback that can be neither finished nor undone",
    world: { services: PAIR, broken: { "confirm b": "rejected", "revert a": "rejected" } },
    before: 1,
    fresh: true,
    rollBack: "x",
    keepsPrevious: true,
    mayNeedOperator: true,
  },
  {
    name: "a rollback, and a service joins with the bad version meanwhile",
    world: { services: { a: ["x"] } },
    before: 1,
    fresh: true,
    rollBack: "x",
    when: { record: isA("baseline-taken"), happens: joinLike("a") },
    keepsPrevious: true,
  },
  {
    name: "a rollback is followed by a rotation",
    world: { services: PAIR },
    before: 1,
    fresh: true,
    rollBack: "x",
    again: true,
  },
  { name: "a rollback of the first version", world: { services: PAIR }, before: 1, rollBack: "x" },
  {
    name: "a rollback of the first version that a consumer refuses",
    world: { services: PAIR, broken: { "revert b": "rejected" } },
    before: 1,
    rollBack: "x",
    mayNeedOperator: true,
  },
  {
    name: "a rollback of the first version, for which a service stands in no baseline",
    world: { services: { a: ["x"] } },
    before: 1,
    first: joinLike("a"),
    rollBack: "x",
  },
  {
    name: "a rollback of the first version, and a service joins with it meanwhile",
    world: { services: { a: ["x"] } },
    before: 1,
    rollBack: "x",
    when: { record: isA("baseline-taken"), happens: joinLike("a") },
    keepsPrevious: true,
  },
  {
    name: "a rollback of the first version is followed by a rotation",
    world: { services: PAIR },
    before: 1,
    rollBack: "x",
    again: true,
  },
  {
    name: "the far side refuses to undo",
    world: { services: { a: ["x"] }, broken: { "confirm a": "rejected", "revert a": "rejected" } },
    before: 1,
    mayNeedOperator: true,
  },
  ...MANUAL_SCENARIOS,
  ...EXTEND,
];

/** Where the last run's intent stands; the whole journal when that run never came so far. */
function lastIntentOf(journal: MemoryJournal, step: string): number {
  const started = journal.entries.findLast(({ record }) => record.type === "run-started");
  const entry = journal.entries.findLast(({ record }) => record.type === "intent" && record.step === step);
  return entry !== undefined && entry.seq > (started?.seq ?? 0) ? entry.seq : journal.entries.length;
}

function isA(type: JournalRecord["type"]): (record: JournalRecord) => boolean {
  return (record) => record.type === type;
}

/** A service is created after the model of another: it uses what that one uses now. */
function joinLike(id: string): (world: World) => void {
  return ({ consumers }) => consumers.add("late", consumers.get(id).uses);
}

function swarmRollsBack({ stores, consumers }: World): void {
  const ref = stores.all().find((copy) => copy.version === 1);
  if (ref === undefined) return;
  const value = stores.read(ref).material["value"]?.reveal((text) => text) ?? "";
  consumers.meddle("a", "x", { ref, value });
}
