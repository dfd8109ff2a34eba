/** Two secrets that must not rotate in the same window, asked for again and again by a worker that comes by. */
import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time.ts";
import type { RotationRequest } from "../../../src/run/work.ts";
import { Game, type GameOptions } from "../../crash/world/game.ts";

const PAIR = { notWith: { x: ["y"], y: ["x"] } } as const;
const SHARED = { services: { a: ["x", "y"] } } as const;
/** The world begins on a Monday at 03:00, inside. */
const NIGHTS = { window: { days: ["mon", "wed", "fri"], fromMinute: 120, toMinute: 300 } } as const;
const SCHEDULED: Partial<RotationRequest> = { now: false, trigger: "schedule" };

function pair(options: Partial<GameOptions> = {}): Game {
  return new Game({ world: SHARED, ...PAIR, ...options });
}

async function ask(game: Game, request: Partial<RotationRequest>) {
  const { result } = await game.work(request, []);
  if (result === null) throw new Error("the worker did not live to tell");
  expect(game.world.violations).toEqual([]);
  return {
    ended: result.rotated.map(({ secret, outcome }) => `${secret} ${outcome}`),
    codes: result.rotated.flatMap(({ error }) => error?.code ?? []),
    waits: result.notDue.flatMap(({ secret, wait }) => (wait === undefined ? [] : [[secret, wait.waitsFor]])),
  };
}

/** First versions: of y an hour after x, so that x is due first ever after. */
async function begun(game: Game): Promise<void> {
  await ask(game, { secrets: ["x"], outsideWindow: true });
  game.clock.advance(HOUR_MS);
  await ask(game, { secrets: ["y"], outsideWindow: true, revokeNow: true });
}

test("asked for together one is refused, with the instant from which it may; in an emergency it is not", async () => {
  const game = pair({ policy: NIGHTS });
  expect(await ask(game, {})).toEqual({
    ended: ["y refused", "x rotated"],
    codes: ["not-together"],
    waits: [],
  });
  const { runs, refused } = await game.plan({ secrets: ["y"], outsideWindow: true });
  expect(runs).toEqual([]);
  expect(refused).toMatchObject([
    { secret: "y", error: { hint: expect.stringContaining("2026-01-07T02:00:00.000Z") } },
  ]);
  expect((await ask(game, { secrets: ["y"], revokeNow: true })).ended).toEqual(["y rotated"]);
});

test("asked for by two at once, one of them is refused all the same", async () => {
  // Others that do not answer keep both requests from beginning at once.
  const services = { a: ["x", "y"], b: ["v"], c: ["z"] };
  const game = pair({ world: { services, hanging: ["v", "z"] } });
  const { result } = await game.workAtOnce({ secrets: ["x", "z"] }, { secrets: ["y", "v"] });
  const rotated = promotions(game, 0).map(({ secret }) => secret);
  expect(rotated).toHaveLength(1);
  const own = result?.rotated.find(({ secret }) => secret === "x");
  expect(own?.error?.code ?? own?.outcome).toBe(rotated[0] === "x" ? "rotated" : "not-together");
  expect(game.world.violations).toEqual([]);
  // What was decided is over with the request that decided it.
  game.clock.advance(2 * DAY_MS);
  const other = rotated[0] === "x" ? "y" : "x";
  expect((await ask(game, { secrets: [other] })).ended).toEqual([`${other} rotated`]);
});

test("due together, each has an opening of the window to itself, and nobody starves", async () => {
  const game = pair({ policy: { ...NIGHTS, maxAgeMs: 2 * DAY_MS, overlapMs: HOUR_MS } });
  await begun(game);
  const first = game.clock.now();
  for (let hour = 0; hour < 14 * 24; hour += 1) {
    game.clock.advance(HOUR_MS);
    await ask(game, SCHEDULED);
  }
  // An opening lies within one day.
  const byDay = Map.groupBy(promotions(game, first), ({ at }) => Math.floor(at / DAY_MS));
  const turns = [...byDay.values()].map((all) => [...new Set(all.map(({ secret }) => secret))]);
  expect(turns).toEqual([["x"], ["y"], ["x"], ["y"], ["x"], ["y"]]);
});

function promotions(game: Game, since: number): readonly { readonly secret: string; readonly at: number }[] {
  return game.journal.entries.flatMap(({ record }) =>
    record.type === "pivoted" && record.at > since
      ? record.versions.map(({ secret }) => ({ secret, at: record.at }))
      : [],
  );
}

test("the one that waits says for whom, and a plan says so too", async () => {
  const game = pair({ policy: { ...NIGHTS, maxAgeMs: DAY_MS, overlapMs: HOUR_MS } });
  await begun(game);
  game.clock.advance(2 * DAY_MS - HOUR_MS);
  const { runs, notDue } = await game.plan(SCHEDULED);
  expect(runs.map((run) => run.secrets.map(({ secret }) => secret))).toEqual([["x"]]);
  expect(notDue).toMatchObject([{ secret: "y", wait: { waitsFor: "x", within: "window" } }]);
  expect(await ask(game, SCHEDULED)).toEqual({ ended: ["x rotated"], codes: [], waits: [["y", "x"]] });
  game.clock.advance(MINUTE_MS);
  expect(await ask(game, SCHEDULED)).toEqual({ ended: [], codes: [], waits: [["y", "x"]] });
});

test("without a window, the other's overlap is waited for", async () => {
  const game = pair({ policy: { maxAgeMs: 2 * DAY_MS } });
  await begun(game);
  game.clock.advance(3 * DAY_MS);
  expect(await ask(game, SCHEDULED)).toMatchObject({ ended: ["x rotated"], waits: [["y", "x"]] });
  game.clock.advance(DAY_MS - MINUTE_MS);
  expect(await ask(game, SCHEDULED)).toMatchObject({ ended: [], waits: [["y", "x"]] });
  game.clock.advance(MINUTE_MS);
  expect(await ask(game, SCHEDULED)).toMatchObject({ ended: ["y rotated"], waits: [] });
});

test("one that cannot even begin does not hold the other up", async () => {
  const game = pair({
    world: { ...SHARED, broken: { "list x": "rejected" } },
    policy: { maxAgeMs: 2 * DAY_MS },
  });
  const { options } = game.world;
  game.world.options = SHARED;
  await begun(game);
  game.world.options = options;
  game.clock.advance(3 * DAY_MS);
  expect((await ask(game, SCHEDULED)).ended).toEqual(["x refused", "y rotated"]);
});

test("while one waits for its window, the other one waits for the next", async () => {
  const game = pair({ policy: { ...NIGHTS, maxAgeMs: DAY_MS } });
  await begun(game);
  game.clock.advance(DAY_MS + 4 * HOUR_MS);
  expect(await ask(game, SCHEDULED)).toMatchObject({ ended: ["x parked"], waits: [["y", "x"]] });
  expect(await ask(game, SCHEDULED)).toMatchObject({ waits: [["y", "x"]] });
});
