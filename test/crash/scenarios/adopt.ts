/** Credentials of others that the configuration names: they are version 0, and die together when its overlap is over. */
import { DAY_MS } from "../../../src/domain/time.ts";
import type { Scenario } from "../world/scenario.ts";
import type { World } from "../world/world.ts";

const FORGOTTEN = { x: ["forgotten-1", "forgotten-2"] } as const;
const TWO = { x: ["old-x", "forgotten-1"] } as const;
const ONE_SERVICE = { services: { a: ["x"] }, forgotten: FORGOTTEN } as const;

export const ADOPTIONS: readonly Scenario[] = [
  {
    name: "the first rotation of an adopted secret with two credentials",
    world: { ...ONE_SERVICE, adopt: TWO },
  },
  {
    name: "an adopted secret shares its service with one that is not",
    world: { services: { a: ["x", "y"], b: ["x"] }, forgotten: FORGOTTEN, adopt: TWO },
  },
  {
    name: "an adopted secret whose new version is refused",
    world: { ...ONE_SERVICE, adopt: TWO, broken: { "confirm a": "rejected" } },
  },
  {
    name: "adopted while reads lag and flap, and calls land late",
    world: { ...ONE_SERVICE, adopt: TWO, readLagMs: 20_000, flapMs: 60_000, lateMs: 55_000 },
  },
  {
    name: "adopted once the first version is in use",
    world: ONE_SERVICE,
    before: 1,
    first: names(TWO),
    request: { revokeNow: true },
  },
  {
    name: "adopted once a second version is in use",
    world: ONE_SERVICE,
    before: 2,
    first: names(TWO),
    request: { revokeNow: true },
  },
  {
    name: "a name is taken back during the overlap",
    world: { ...ONE_SERVICE, adopt: TWO },
    fresh: true,
    first: names({ x: ["old-x"] }),
    request: { revokeNow: true },
  },
  {
    name: "a name is taken back, and the overlap is over",
    world: { ...ONE_SERVICE, adopt: TWO },
    fresh: true,
    first: (world) => {
      names({ x: ["old-x"] })(world);
      world.clock.advance(2 * DAY_MS);
    },
  },
  {
    name: "a rollback to an adopted version 0",
    world: { ...ONE_SERVICE, adopt: TWO },
    fresh: true,
    rollBack: "x",
  },
  {
    name: "a rollback to an adopted version 0 is followed by a rotation",
    world: { ...ONE_SERVICE, adopt: TWO },
    fresh: true,
    rollBack: "x",
    again: true,
  },
  {
    name: "a rollback to an adopted version 0 that a consumer refuses",
    world: { ...ONE_SERVICE, adopt: TWO, broken: { "revert a": "rejected" } },
    fresh: true,
    rollBack: "x",
    mayNeedOperator: true,
  },
  {
    name: "a service joins with what was there before, while that is in its overlap",
    world: { services: { a: ["x", "y"] }, forgotten: FORGOTTEN, adopt: TWO },
    fresh: true,
    first: ({ consumers }) => consumers.add("late", new Map([["x", { foreign: "old-x" }]])),
    request: { revokeNow: true },
    keepsPrevious: true,
  },
  {
    name: "an adopted secret, and no overlap asked for",
    world: { ...ONE_SERVICE, adopt: TWO },
    request: { revokeNow: true },
  },
];

function names(adopt: Readonly<Record<string, readonly string[]>>): (world: World) => void {
  return (world) => {
    world.options = { ...world.options, adopt };
  };
}
