/** A target is added to x: store `two`, from which the service `n` reads, with `a` on store `one` as before. */
import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import type { SecretState } from "../../../src/domain/state.ts";
import type { RotationRequest } from "../../../src/run/work.ts";
import { Game, type GameOptions } from "../../crash/world/game.ts";

const SCHEDULED: Partial<RotationRequest> = { now: false, trigger: "schedule" };
const WORLD = {
  services: { a: ["x"], n: ["x"] },
  stores: { x: ["one"] },
  readers: { one: ["a"], two: ["n"] },
} as const;
const THURSDAY = { days: ["thu"], fromMinute: 120, toMinute: 300 } as const;

async function rotated(options: Partial<GameOptions> = {}, times = 1): Promise<Game> {
  const game = new Game({ world: WORLD, ...options });
  for (let n = 0; n < times; n += 1) {
    game.clock.advance(HOUR_MS);
    await game.work({ outsideWindow: true, revokeNow: n + 1 < times }, []);
  }
  return game;
}

function configure(game: Game, ...stores: readonly string[]): void {
  game.world.options = { ...game.world.options, stores: { x: stores } };
}

function stateOf(game: Game): SecretState {
  const state = game.journal.tables.get("secret", "x");
  if (state === undefined) throw new Error("x has no state");
  return state;
}

/** Outcomes of what was asked for. */
async function ask(game: Game, request = SCHEDULED): Promise<readonly string[]> {
  const { result } = await game.work(request, []);
  expect(game.world.violations).toEqual([]);
  return result?.rotated.map(({ outcome }) => outcome) ?? [];
}

test("the overlap goes on as it was, and everything else of the secret too", async () => {
  const game = await rotated({}, 2);
  const before = stateOf(game);
  game.clock.advance(HOUR_MS);
  configure(game, "one", "two");
  expect(await ask(game)).toEqual(["delivered"]);
  const { current, previous, retireAt, retireRun, firstRun, held, versions } = stateOf(game);
  expect({ current, previous, retireAt, retireRun, firstRun, held }).toEqual({
    current: 2,
    previous: 1,
    retireAt: before.retireAt,
    retireRun: before.retireRun,
    firstRun: before.firstRun,
    held: false,
  });
  expect(versions["2"]).toEqual({ ...before.versions["2"], stores: ["one", "two"] });
  expect(await ask(game)).toEqual([]);
});

test("the previous version is revoked in time while the new target waits for its window", async () => {
  const game = await rotated({ policy: { window: THURSDAY } }, 2);
  configure(game, "one", "two");
  expect(await ask(game)).toEqual(["parked"]);
  game.clock.advance(DAY_MS + HOUR_MS);
  expect((await game.plan(SCHEDULED)).retired).toMatchObject([{ secret: "x", version: 1 }]);
  await ask(game);
  expect(stateOf(game)).toMatchObject({ previous: null, openRun: expect.stringMatching(/^r/) as string });
  game.clock.advance(DAY_MS + 21 * HOUR_MS);
  const recovered = (await game.work(null, [])).result?.recovered;
  expect(recovered).toMatchObject([{ outcome: "delivered", version: 2 }]);
});

test("the previous version is not revoked while a consumer of the new target uses it", async () => {
  const game = await rotated({ world: { ...WORLD, broken: { "activate n": "rejected" } } }, 2);
  const { a } = Object.fromEntries(game.world.consumers.services);
  const old = game.world.stores.all().find(({ version }) => version === 1);
  if (old === undefined || a === undefined) throw new Error("there is no version 1");
  const value = game.world.stores.read(old).material["value"]?.reveal((text) => text) ?? "";
  game.world.consumers.meddle("n", "x", { ref: old, value });
  configure(game, "one", "two");
  expect(await ask(game)).toEqual(["rolled-back"]);
  game.clock.advance(2 * DAY_MS);
  await game.work(null, []);
  expect(stateOf(game)).toMatchObject({ previous: 1, retireError: { code: "not-in-use" } });
  game.world.consumers.meddle("n", "x", { foreign: "old-x" });
  await game.work(null, []);
  expect(stateOf(game).previous).toBeNull();
});

test("a secret that is held since a rollback brings what it has, and is held still", async () => {
  const game = await rotated({}, 2);
  await game.rollBack("x", []);
  configure(game, "one", "two");
  expect(await ask(game)).toEqual(["delivered"]);
  expect(stateOf(game)).toMatchObject({ current: 1, held: true });
});

test("a copy that is yet to be withdrawn is not delivered again before", async () => {
  const broken = { "confirm n": "rejected", "withdraw x@two": "transient" } as const;
  const game = await rotated({ world: { ...WORLD, broken } });
  configure(game, "one", "two");
  expect(await ask(game)).toEqual(["rolled-back"]);
  game.clock.advance(2 * HOUR_MS);
  expect(await ask(game)).toEqual([]);
  expect(stateOf(game).holdOffUntil).toBeLessThan(game.clock.now());
  game.world.options = { ...game.world.options, broken: {} };
  game.clock.advance(2 * HOUR_MS);
  await game.work(null, []);
  expect(await ask(game)).toEqual(["delivered"]);
});

test("a target that is taken away again stands in nobody's way", async () => {
  const game = await rotated();
  configure(game, "one", "two");
  expect(await ask(game)).toEqual(["delivered"]);
  configure(game, "one");
  game.clock.advance(91 * DAY_MS);
  expect(await ask(game)).toEqual(["rotated"]);
  expect(stateOf(game).versions["2"]?.stores).toEqual(["one"]);
  game.clock.advance(2 * DAY_MS);
  await game.work(null, []);
  expect(stateOf(game).previous).toBeNull();
});
