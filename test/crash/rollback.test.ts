/** What a rollback comes to, beside the invariants that the matrix watches. */
import { describe, expect, it } from "vitest";
import type { SecretState } from "../../src/domain/state.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { Game } from "./world/game.ts";
import type { WorldOptions } from "./world/options.ts";
import type { SecretResult } from "../../src/run/work.ts";

const PAIR = { a: ["x", "y"], b: ["x"] } as const;

/** Version 2 of `x` is in use, and version 1 is in its overlap. */
async function inOverlap(world: Partial<WorldOptions> = {}): Promise<Game> {
  const game = await afterFirst(world);
  await game.work({}, []);
  return game;
}

async function afterFirst(world: Partial<WorldOptions> = {}): Promise<Game> {
  const game = new Game({ world: { services: PAIR, ...world } });
  await game.work({}, []);
  game.clock.advance(2 * DAY_MS);
  return game;
}

async function rollBack(game: Game): Promise<SecretResult | undefined> {
  return (await game.rollBack("x", [])).result?.rotated[0];
}

function stateOf({ journal }: Game): SecretState {
  const state = journal.tables.get("secret", "x");
  if (state === undefined) throw new Error("x has no state");
  return state;
}

/** Which versions of `x` the services run with. */
function running({ world }: Game): readonly unknown[] {
  return world.consumers.using("x").map(({ runs }) => {
    const use = runs.get("x");
    return use != null && "ref" in use ? use.ref.version : use;
  });
}

function live({ world, journal }: Game): readonly number[] {
  const ids = world.issuer.live().map((each) => each.id);
  const { versions = {} } = journal.tables.get("secret", "x") ?? {};
  return Object.values(versions)
    .filter(({ credential }) => ids.includes(credential.id))
    .map(({ version }) => version);
}

describe("a rollback", () => {
  it("brings everyone back, revokes the bad version, and holds the secret until it is rotated", async () => {
    const game = await inOverlap();
    expect(await rollBack(game)).toMatchObject({ outcome: "rolled-back", version: 1, error: null });
    expect(running(game)).toEqual([1, 1]);
    expect(live(game)).toEqual([1]);
    expect(stateOf(game)).toMatchObject({ current: 1, previous: null, held: true, failures: 0 });

    game.clock.advance(100 * DAY_MS);
    const due = await game.work({ secrets: ["x"], now: false }, []);
    expect(due.result?.notDue).toEqual([{ secret: "x", dueAt: null }]);
    await game.work({ secrets: ["x"] }, []);
    expect(stateOf(game)).toMatchObject({ current: 3, previous: 1, held: false });
    expect(game.world.violations).toEqual([]);
  });

  it("delivers the previous version again where its copy is gone", async () => {
    const game = await inOverlap();
    for (const ref of game.world.stores.all())
      if (ref.secret === "x" && ref.version === 1) game.world.stores.lose(ref);
    expect(await rollBack(game)).toMatchObject({ outcome: "rolled-back", error: null });
    expect(running(game)).toEqual([1, 1]);
  });

  it("is still possible when the overlap is over, and nobody has come by to retire", async () => {
    const game = await inOverlap();
    game.clock.advance(2 * DAY_MS);
    expect(await rollBack(game)).toMatchObject({ outcome: "rolled-back", version: 1, error: null });
    expect(live(game)).toEqual([1]);
  });

  it("that a consumer refuses leaves both versions alive and the overlap as it was", async () => {
    const game = await inOverlap();
    const { retireAt } = stateOf(game);
    game.world.options = { ...game.world.options, broken: { "confirm b": "rejected" } };
    const result = await rollBack(game);
    expect(result).toMatchObject({ outcome: "rolled-back", version: 2, retireAt });
    expect(result?.error?.code).toBe("unexpected-answer");
    expect(running(game)).toEqual([2, 2]);
    expect(live(game)).toEqual([1, 2]);
    expect(stateOf(game)).toMatchObject({ current: 2, previous: 1, retireAt, held: false });
  });

  it("touches nobody when the previous version does not sign in any more", async () => {
    const game = await inOverlap();
    game.world.options = { ...game.world.options, broken: { "verify x": "rejected" } };
    const before = game.world.consumers.services.get("a")?.version;
    expect((await rollBack(game))?.error?.code).toBe("unexpected-answer");
    expect(game.world.consumers.services.get("a")?.version).toBe(before);
    expect(live(game)).toEqual([1, 2]);
  });

  it.each([
    [1, { current: 1, previous: null, held: true }],
    [2, { current: 2, previous: 1, held: false }],
  ])("that can be neither finished nor undone ends when a person keeps version %i", async (keep, state) => {
    const game = await inOverlap();
    const { options } = game.world;
    game.world.options = { ...options, broken: { "confirm b": "rejected", "revert a": "rejected" } };
    expect(await rollBack(game)).toMatchObject({ outcome: "needs-operator" });
    expect(live(game)).toEqual([1, 2]);
    game.world.options = options;
    const copy = game.world.stores.all().find((ref) => ref.secret === "x" && ref.version === keep);
    if (copy === undefined) throw new Error(`there is no copy of version ${keep}`);
    const value = game.world.stores.read(copy).material["value"]?.reveal((text) => text) ?? "";
    for (const { id } of game.world.consumers.using("x"))
      game.world.consumers.meddle(id, "x", { ref: copy, value });
    expect((await game.resolve("x", keep)).result?.rotated).toMatchObject([{ outcome: "resolved" }]);
    expect(stateOf(game)).toMatchObject({ ...state, needsOperator: null });
    game.clock.advance(2 * DAY_MS);
    await game.work(null, []);
    expect(live(game)).toEqual([keep]);
    expect(game.world.violations).toEqual([]);
  });

  it("is refused when the previous version may be revoked already, or was rolled back from", async () => {
    const retired = await inOverlap();
    retired.clock.advance(2 * DAY_MS);
    await retired.work(null, []);
    expect((await rollBack(retired))?.error?.code).toBe("nothing-to-roll-back");

    const twice = await inOverlap();
    twice.world.options = { ...twice.world.options, broken: { "revoke x": "transient" } };
    await rollBack(twice);
    expect(stateOf(twice)).toMatchObject({ current: 1, previous: 2 });
    expect((await rollBack(twice))?.error?.code).toBe("nothing-to-roll-back");
  });
});

describe("a rollback of the first version", () => {
  it("gives everyone back what was there before, for that secret only", async () => {
    const game = await afterFirst();
    expect(await rollBack(game)).toMatchObject({ outcome: "rolled-back", version: null, error: null });
    expect(running(game)).toEqual([{ foreign: "old-x" }, { foreign: "old-x" }]);
    expect(game.world.consumers.get("a").runs.get("y")).toMatchObject({ ref: { version: 1 } });
    expect(live(game)).toEqual([]);
    expect(stateOf(game)).toMatchObject({ current: null, previous: null, held: true });

    await game.work({ secrets: ["x"] }, []);
    expect(stateOf(game)).toMatchObject({ current: 2, previous: null, held: false });
    expect(running(game)).toEqual([2, 2]);
    expect(game.world.violations).toEqual([]);
  });

  it("is possible after a second rotation failed, and not after one went well", async () => {
    const failed = await afterFirst({ broken: {} });
    const { options } = failed.world;
    failed.world.options = { ...options, broken: { "confirm a": "rejected" } };
    await failed.work({}, []);
    failed.world.options = options;
    expect(await rollBack(failed)).toMatchObject({ outcome: "rolled-back", version: null, error: null });

    const well = await inOverlap();
    await rollBack(well);
    expect((await rollBack(well))?.error?.code).toBe("nothing-to-roll-back");
  });

  it("changes nothing while a consumer has nothing recorded to go back to", async () => {
    const game = await afterFirst();
    game.world.consumers.add("late", game.world.consumers.get("a").uses);
    const result = await rollBack(game);
    expect(result?.error?.code).toBe("nothing-to-roll-back");
    expect(running(game)).toEqual([1, 1, 1]);
    expect(live(game)).toEqual([1]);
  });
});
