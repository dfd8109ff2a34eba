/** A target is added to x: store `two`, from which the service `n` reads; `a` has the current version from store `one`. */
import { DAY_MS } from "../../../src/domain/time.ts";
import type { WorldOptions } from "../world/options.ts";
import { SCHEDULED, type Scenario } from "../world/scenario.ts";
import type { World } from "../world/world.ts";

const WORLD: WorldOptions = {
  services: { a: ["x"], n: ["x"] },
  stores: { x: ["one"] },
  readers: { one: ["a"], two: ["n"] },
};
/** n switches y as well. */
const SHARED: WorldOptions = { ...WORLD, services: { a: ["x"], n: ["x", "y"], b: ["y"] } };

const ALONE = { before: 1, first: addTarget, request: SCHEDULED } as const;
/** y is due by age when x, which is younger, gets its new target. */
const BESIDE = { ...ALONE, younger: ["x"], policy: { maxAgeMs: 4 * DAY_MS } } as const;

export const EXTEND: readonly Scenario[] = [
  { ...ALONE, name: "a target is added", world: WORLD, untouched: ["a"], again: true, reached: ["n"] },
  {
    ...ALONE,
    name: "a target is added, and its consumer refuses at first",
    world: { ...WORLD, broken: { "confirm n": "rejected" } },
    untouched: ["a"],
    again: true,
    reached: ["n"],
  },
  {
    ...ALONE,
    name: "a target is added whose consumer does not converge",
    world: { ...WORLD, stuck: ["n"] },
    untouched: ["a"],
  },
  {
    ...ALONE,
    name: "a target is added that can be neither served nor left as it was",
    world: { ...WORLD, broken: { "confirm n": "rejected", "revert n": "rejected" } },
    mayNeedOperator: true,
  },
  {
    ...ALONE,
    name: "a target is added while calls land late",
    world: { ...WORLD, lateMs: 55_000, broken: { "confirm n": "rejected" } },
    again: true,
    reached: ["n"],
  },
  { ...ALONE, name: "a target is added during the overlap", world: WORLD, fresh: true, untouched: ["a"] },
  {
    ...ALONE,
    name: "a target is added during the overlap, and its consumer refuses",
    world: { ...WORLD, broken: { "confirm n": "rejected" } },
    fresh: true,
    untouched: ["a"],
  },
  {
    ...ALONE,
    name: "a target is added, and the overlap ends while its window is waited for",
    world: WORLD,
    policy: { window: { days: ["thu"], fromMinute: 120, toMinute: 300 } },
    fresh: true,
    untouched: ["a"],
  },
  { ...BESIDE, name: "a target is added beside a rotation that shares its consumer", world: SHARED },
  {
    ...BESIDE,
    name: "a target is added beside a rotation, and cannot be delivered to",
    world: { ...SHARED, broken: { "deliver x@two": "rejected" } },
  },
  {
    ...BESIDE,
    name: "a target is added beside a rotation, and the shared consumer refuses",
    world: { ...SHARED, broken: { "confirm n": "rejected" } },
    again: true,
    reached: ["n"],
  },
  {
    name: "a rollback after a target was added",
    world: WORLD,
    before: 1,
    fresh: true,
    extended: addTarget,
    rollBack: "x",
    reached: ["a", "n"],
  },
  {
    name: "a rollback of the first version after a target was added",
    world: WORLD,
    before: 1,
    extended: addTarget,
    rollBack: "x",
  },
];

function addTarget(world: World): void {
  world.options = { ...world.options, stores: { x: ["one", "two"] } };
}
