/** What taking over comes to, beside the invariants that the matrix watches. */
import { describe, expect, it } from "vitest";
import type { JournalRecord } from "../../src/domain/journal-record.ts";
import type { SecretState } from "../../src/domain/state.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/time.ts";
import { Game, type GameOptions } from "./world/game.ts";
import type { WorldOptions } from "./world/options.ts";

const WORLD = { services: { a: ["x"] }, forgotten: { x: ["forgotten-1", "forgotten-2"] } } as const;
const TWO = { x: ["old-x", "forgotten-1"] } as const;

function play(world: Partial<WorldOptions>, more: Partial<GameOptions> = {}): Game {
  return new Game({ world: { ...WORLD, ...world }, ...more });
}

function stateOf({ journal }: Game): SecretState | undefined {
  return journal.tables.get("secret", "x");
}

function recordsOf<T extends JournalRecord["type"]>(game: Game, type: T): readonly JournalRecord[] {
  return game.journal.entries.map(({ record }) => record).filter((record) => record.type === type);
}

function alive({ world }: Game): readonly string[] {
  return ["old-x", "another-x", "forgotten-1", "forgotten-2"].filter((id) => world.issuer.isAlive(id));
}

function name(game: Game, adopt: WorldOptions["adopt"]): void {
  game.world.options = { ...game.world.options, ...(adopt === undefined ? {} : { adopt }) };
}

describe("an adopted secret", () => {
  it("is due by its age, is replaced, and after the overlap all that was named is gone and nothing else", async () => {
    const game = play({ adopt: TWO });
    const first = await game.work({ now: false }, []);
    expect(first.result?.adopted).toMatchObject([
      { secret: "x", credentials: [{ id: "old-x" }, { id: "forgotten-1" }], verified: "not-readable" },
    ]);
    expect(first.result?.rotated).toMatchObject([{ secret: "x", outcome: "rotated", version: 1 }]);
    expect(stateOf(game)).toMatchObject({ current: 1, previous: 0 });
    expect(stateOf(game)?.foreignCredentials?.map(({ id }) => id)).toEqual(["another-x", "forgotten-2"]);
    expect(alive(game)).toHaveLength(4);
    game.clock.advance(DAY_MS + HOUR_MS);
    const later = await game.work({ now: false }, []);
    expect(later.result?.retired).toEqual([{ secret: "x", version: 0 }]);
    expect(later.result?.adopted).toEqual([]);
    expect(alive(game)).toEqual(["another-x", "forgotten-2"]);
    expect(stateOf(game)).toMatchObject({ current: 1, previous: null, firstRun: null });
    expect(game.world.violations).toEqual([]);
  });

  it("cannot be rolled back to what is dead", async () => {
    const game = play({ adopt: TWO });
    await game.work({}, []);
    game.clock.advance(2 * DAY_MS);
    await game.work(null, []);
    const { result } = await game.rollBack("x", []);
    expect(result?.rotated).toMatchObject([{ outcome: "refused", error: { code: "nothing-to-roll-back" } }]);
    expect(game.world.violations).toEqual([]);
  });

  it("is back at version 0, alive and held, after a rollback, and the next rotation revokes it after all", async () => {
    const game = play({ adopt: TWO });
    await game.work({}, []);
    expect((await game.rollBack("x", [])).result?.rotated).toMatchObject([
      { outcome: "rolled-back", version: 0, error: null },
    ]);
    expect(stateOf(game)).toMatchObject({ current: 0, previous: null, held: true });
    expect(alive(game)).toHaveLength(4);
    expect(game.world.issuer.live()).toEqual([]);
    await game.work({}, []);
    expect(stateOf(game)).toMatchObject({ current: 2, previous: 0, held: false });
    game.clock.advance(2 * DAY_MS);
    await game.work(null, []);
    expect(alive(game)).toEqual(["another-x", "forgotten-2"]);
    expect(game.world.violations).toEqual([]);
  });

  it("revokes every one of them however often an answer is lost", async () => {
    for (const nth of [0, 1]) {
      const game = play({ adopt: TWO });
      await game.work({}, []);
      game.clock.advance(2 * DAY_MS);
      const dry = play({ adopt: TWO });
      await dry.work({}, []);
      dry.clock.advance(2 * DAY_MS);
      const { names } = (await dry.work(null, [])).points;
      const points = names.flatMap((each, index) => (each === "revoke x:after" ? [index + 1] : []));
      expect(points).toHaveLength(2);
      const process = await game.work(null, [{ point: points[nth] ?? 0, fault: "lost-answer" }]);
      expect(process.result?.retired).toEqual([{ secret: "x", version: 0 }]);
      expect(alive(game)).toEqual(["another-x", "forgotten-2"]);
      expect(game.world.violations).toEqual([]);
    }
  });
});

const STUCK = { "confirm a": "rejected", "revert a": "rejected" } as const;

describe("a run that can be neither finished nor undone", () => {
  it.each([
    [0, { current: 0, previous: null }, ["old-x", "another-x", "forgotten-1", "forgotten-2"]],
    [1, { current: 1, previous: null }, ["another-x", "forgotten-2"]],
  ])("ends when a person keeps version %i, and the other one goes", async (keep, state, left) => {
    const game = play({ adopt: TWO, broken: STUCK });
    expect((await game.work({}, [])).result?.rotated).toMatchObject([{ outcome: "needs-operator" }]);
    expect(alive(game)).toHaveLength(4);
    game.world.options = { ...game.world.options, broken: {} };
    if (keep === 0) game.world.consumers.meddle("a", "x", { foreign: "old-x" });
    expect((await game.resolve("x", keep)).result?.rotated).toMatchObject([{ outcome: "resolved" }]);
    await game.work(null, []);
    expect(stateOf(game)).toMatchObject(state);
    expect(alive(game)).toEqual(left);
    expect(game.world.issuer.live()).toHaveLength(keep);
    expect(game.world.violations).toEqual([]);
  });
});

describe("a name", () => {
  it("that is added during the first version's life makes what was there before the way back", async () => {
    const game = play({});
    await game.work({}, []);
    name(game, TWO);
    await game.work(null, []);
    expect(stateOf(game)).toMatchObject({ current: 1, previous: 0 });
    expect((await game.rollBack("x", [])).result?.rotated).toMatchObject([
      { outcome: "rolled-back", version: 0, error: null },
    ]);
    expect(alive(game)).toHaveLength(4);
    expect(game.world.issuer.live()).toEqual([]);
    expect(game.world.violations).toEqual([]);
  });

  it("that is no credential is told once, and adopted when it turns up", async () => {
    const game = play({ adopt: { x: ["old-x", "key-9"] } });
    const first = await game.work({ now: false, secrets: [] }, []);
    expect(first.result?.alerts).toEqual([]);
    for (let n = 0; n < 3; n += 1) await game.work(null, []);
    expect(recordsOf(game, "alert")).toMatchObject([{ error: { code: "adoption-unknown" } }]);
    expect(stateOf(game)).toMatchObject({ current: 0 });
    name(game, { x: ["old-x", "forgotten-2"] });
    await game.work(null, []);
    expect(stateOf(game)?.versions["0"]?.credentials?.map(({ id }) => id)).toEqual(["old-x", "forgotten-2"]);
  });

  it("of what keyturn made itself is refused", async () => {
    const game = play({});
    await game.work({}, []);
    const ours = game.world.issuer.live()[0]?.id ?? "";
    name(game, { x: [ours] });
    await game.work(null, []);
    expect(recordsOf(game, "alert")).toMatchObject([{ error: { code: "adoption-own" } }]);
    expect(stateOf(game)).toMatchObject({ current: 1, previous: null });
  });

  it("that is taken back while its issuer cannot be read is not revoked", async () => {
    const game = play({ adopt: TWO });
    await game.work({}, []);
    name(game, { x: ["forgotten-1"] });
    game.world.options = { ...game.world.options, broken: { "list x": "rejected" } };
    game.clock.advance(2 * DAY_MS);
    await game.work(null, []);
    expect(alive(game)).toEqual(["old-x", "another-x", "forgotten-2"]);
    expect(game.world.violations).toEqual([]);
  });

  it("waits while an earlier version of ours is alive", async () => {
    const game = play({});
    await game.work({}, []);
    await game.work({}, []);
    name(game, TWO);
    await game.work(null, []);
    expect(stateOf(game)).toMatchObject({ current: 2, previous: 1 });
    game.clock.advance(2 * DAY_MS);
    await game.work(null, []);
    expect(stateOf(game)).toMatchObject({ current: 2, previous: 0 });
    game.clock.advance(2 * DAY_MS);
    await game.work(null, []);
    expect(alive(game)).toEqual(["another-x", "forgotten-2"]);
  });
});

describe("asked for", () => {
  it("adopts at once, looks at what else is there, and says what stands in the way", async () => {
    const game = play({ adopt: { x: ["old-x", "key-9"] } });
    const { result } = await game.adopt(null);
    expect(result?.adopted).toMatchObject([{ secret: "x", credentials: [{ id: "old-x" }] }]);
    expect(result?.rotated).toMatchObject([
      { secret: "x", run: null, outcome: "refused", error: { code: "adoption-unknown" } },
    ]);
    expect(stateOf(game)).toMatchObject({ current: 0, foreign: 3 });
    expect((await game.adopt(["x"])).result?.adopted).toEqual([]);
  });

  it("tells when the issuer cannot be read, and leaves everything as it is", async () => {
    const game = play({ adopt: TWO, broken: { "list x": "rejected" } });
    const { result } = await game.adopt(null);
    expect(result?.rotated).toMatchObject([{ outcome: "refused", error: { code: "unexpected-answer" } }]);
    expect(stateOf(game)).toBeUndefined();
  });
});

describe("what a consumer holds", () => {
  it.each([
    [{ held: { x: ["old-x"] } }, "yes", []],
    [{ held: { x: ["old-x", "wrong"] } }, "no", ["adoption-refused"]],
    [{ held: { x: ["old-x"] }, broken: { "verify x": "transient" } }, "not-readable", []],
    [{}, "not-readable", []],
  ] as const)("%j: verified %s", async (world, verified, alerts) => {
    const game = play({ adopt: TWO, ...world });
    await game.adopt(null);
    expect(recordsOf(game, "adopted")).toMatchObject([{ verified }]);
    expect(recordsOf(game, "alert").map((each) => each.type === "alert" && each.error.code)).toEqual(alerts);
  });
});
