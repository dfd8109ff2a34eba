/** A person gives the values and revokes them: what keyturn may say, and when it may believe that something is gone. */
import { HOUR_MS } from "../../../src/domain/time.ts";
import type { Scenario } from "../world/scenario.ts";

const BY_HAND = { services: { a: ["x"] }, byHand: ["x"] } as const;

export const MANUAL_SCENARIOS: readonly Scenario[] = [
  { name: "by hand: a value is given", world: BY_HAND, before: 1 },
  { name: "by hand: the first value", world: BY_HAND },
  {
    name: "by hand: the value is bad, as the consumer shows",
    world: { ...BY_HAND, broken: { "confirm a": "rejected" } },
    before: 1,
  },
  {
    name: "by hand: a copy cannot be delivered",
    world: { ...BY_HAND, broken: { "deliver x@store:x": "rejected" } },
    before: 1,
  },
  {
    name: "by hand: a value whose run depends on another secret, which fails",
    world: { services: { a: ["x"], b: ["y"] }, byHand: ["x"], broken: { "verify y": "rejected" } },
    dependsOn: { x: ["y"] },
    request: { secrets: ["x", "y"] },
  },
  {
    name: "by hand: parked for its window",
    world: BY_HAND,
    policy: { window: { days: ["thu"], fromMinute: 120, toMinute: 300 }, maxAgeMs: HOUR_MS },
    request: { now: false },
    before: 1,
  },
  { name: "by hand: no overlap asked for", world: BY_HAND, before: 1, request: { revokeNow: true } },
  {
    name: "by hand: no overlap asked for, while the previous one is alive",
    world: { ...BY_HAND, services: { a: ["x"], b: ["x"], c: ["x"] } },
    before: 1,
    fresh: true,
    request: { revokeNow: true },
  },
  { name: "by hand: a rollback", world: BY_HAND, before: 1, fresh: true, rollBack: "x" },
  {
    name: "by hand: the secret is taken out of the configuration in the middle",
    world: BY_HAND,
    before: 1,
    unconfigured: ["x"],
    mayNeedOperator: true,
  },
  {
    name: "by hand: somebody switches back by hand",
    world: BY_HAND,
    before: 1,
    meanwhile: switchBack,
    keepsPrevious: true,
  },
];

function switchBack({ stores, consumers }: Parameters<NonNullable<Scenario["meanwhile"]>>[0]): void {
  const ref = stores.all().find((copy) => copy.version === 1);
  if (ref === undefined) return;
  const value = stores.read(ref).material["value"]?.reveal((text) => text) ?? "";
  consumers.meddle("a", "x", { ref, value });
}
