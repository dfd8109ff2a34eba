/** What becomes of a value that a person gave, beside the invariants that the matrix watches. */
import { describe, expect, it } from "vitest";
import { SecretValue } from "../../src/domain/material.ts";
import type { SecretState } from "../../src/domain/state.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/time.ts";
import type { SecretResult } from "../../src/run/work.ts";
import { Game, type GameOptions } from "./world/game.ts";
import type { Process } from "./world/process.ts";

const SERVICES = { a: ["x"] } as const;

function byHand(options: Partial<GameOptions> = {}, world: Partial<GameOptions["world"]> = {}): Game {
  return new Game({ ...options, world: { services: SERVICES, byHand: ["x"], ...world } });
}

/** Version 2 is in use, and version 1 in its overlap. */
async function inOverlap(): Promise<Game> {
  const game = byHand();
  for (const _ of [1, 2]) await game.work({}, []);
  return game;
}

function stateOf({ journal }: Game): SecretState {
  const state = journal.tables.get("secret", "x");
  if (state === undefined) throw new Error("x has no state");
  return state;
}

function endOf({ result }: Process): SecretResult | undefined {
  return result?.rotated.at(-1);
}

function alerts({ journal }: Game): readonly string[] {
  return journal.entries.flatMap(({ record }) =>
    record.type === "alert" ? [`${record.error.code} ${record.reminder}`] : [],
  );
}

/** What the service runs with. */
function held({ world }: Game): string {
  const use = world.consumers.get("a").runs.get("x");
  return use != null && "value" in use ? use.value : "";
}

/** Somebody has the service use version 1 again. */
function switchBack({ world: { stores, consumers } }: Game): void {
  const ref = stores.all().find((copy) => copy.version === 1);
  if (ref === undefined) throw new Error("there is no copy of version 1");
  const value = stores.read(ref).material["value"]?.reveal((text) => text) ?? "";
  consumers.meddle("a", "x", { ref, value });
}

/** A heartbeat a day. */
async function days(game: Game, count: number): Promise<void> {
  for (let day = 0; day < count; day += 1) {
    game.clock.advance(DAY_MS);
    await game.work({ now: false, trigger: "schedule" }, []);
  }
}

describe("a value that is given", () => {
  it("is used once its run has begun, wherever the process is killed, and never for two versions", async () => {
    const { points } = await byHand().work({}, []);
    let begun = 0;
    for (let point = 1; point <= points.count; point += 1) {
      const game = byHand();
      await game.work({}, [{ point, fault: "kill" }]);
      await game.settle([]);
      const runs = game.journal.entries.filter(({ record }) => record.type === "run-started");
      const [first] = game.world.issuer.live();
      expect(runs.length, `killed at ${point}`).toBeLessThanOrEqual(1);
      if (runs.length === 0) continue;
      begun += 1;
      expect([held(game), stateOf(game).current], `killed at ${point}`).toEqual([first?.value, 1]);
      expect(Object.keys(stateOf(game).versions)).toEqual(["1"]);
    }
    expect(begun).toBeGreaterThan(20);
  });

  it("is refused when the secret has it already, before anything is begun", async () => {
    const game = await inOverlap();
    await game.retire("x", true);
    const material = { value: SecretValue.fromText(held(game)) };
    const before = game.journal.entries.length;
    const again = await game.work({ given: { secret: "x", material } }, []);
    expect(endOf(again)).toMatchObject({ outcome: "refused", run: null, error: { code: "value-known" } });
    expect(game.journal.entries.slice(before).map(({ record }) => record.type)).not.toContain("run-started");
  });

  it("may be given again when it was dropped for no fault of its own", async () => {
    const game = byHand({}, { broken: { "deliver x@store:x": "rejected" } });
    const { id, value } = game.world.issuer.makeByHand("x");
    const given = { secret: "x", material: { value: SecretValue.fromText(value) } };
    expect(endOf(await game.work({ given }, []))).toMatchObject({ outcome: "rolled-back" });
    expect(alerts(game)).toEqual(["value-unused unused 1"]);
    game.world.options = { ...game.world.options, broken: {} };
    expect(endOf(await game.work({ given }, []))).toMatchObject({ outcome: "rotated", version: 2 });
    expect([held(game), game.world.issuer.live().map((each) => each.id)]).toEqual([value, [id]]);
  });

  it("is needed: without one nothing begins, and a secret of another kind takes none", async () => {
    const game = byHand({}, { services: { a: ["x"], b: ["y"] } });
    game.personAway = true;
    expect(endOf(await game.work({ secrets: ["x"] }, []))).toMatchObject({
      outcome: "refused",
      error: { code: "value-needed" },
    });
    const given = { secret: "y", material: { value: SecretValue.fromText("v") } };
    expect(endOf(await game.work({ secrets: ["y"], given }, []))).toMatchObject({ error: { code: "usage" } });
    expect(game.journal.entries).toEqual([]);
  });
});

describe("a secret whose value is due", () => {
  it("is told of when it is due and when that is late, and not at every heartbeat", async () => {
    const game = byHand();
    await game.work({}, []);
    game.personAway = true;
    await days(game, 120);
    expect(alerts(game)).toEqual(["value-needed due 1", "value-needed late 1"]);
    game.personAway = false;
    expect(endOf(await game.work({ now: false, trigger: "schedule" }, []))).toMatchObject({ version: 2 });
    game.personAway = true;
    await days(game, 80);
    expect(alerts(game).map((each) => each.split(" ").slice(0, 3).join(" "))).toEqual([
      "value-needed due 1",
      "value-needed late 1",
      "revoke-by-hand revoke 1",
      "revoke-by-hand revoke-late 1",
    ]);
    expect(stateOf(game)).toMatchObject({ current: 2 });
  });
});

describe("what a person revokes", () => {
  it("is retired only when they say that it is done; they are reminded, and nothing else is begun", async () => {
    const game = await inOverlap();
    game.personAway = true;
    await days(game, 30);
    const { retireRun } = stateOf(game);
    expect(alerts(game)).toEqual([
      `revoke-by-hand revoke 1 ${retireRun}`,
      `revoke-by-hand revoke-late 1 ${retireRun}`,
    ]);
    expect(stateOf(game)).toMatchObject({ previous: 1, current: 2 });
    expect(game.journal.unseal("x", 1, "material")).toBeDefined();
    expect((await game.retire("x", false)).result?.rotated).toMatchObject([
      { outcome: "refused", error: { code: "revoke-by-hand" } },
    ]);

    const done = await game.retire("x", true);
    expect(done.result).toMatchObject({ rotated: [], retired: [{ secret: "x", version: 1 }] });
    expect(stateOf(game)).toMatchObject({ previous: null, current: 2 });
    expect(() => game.journal.unseal("x", 1, "material")).toThrow("erased");
    const said = game.journal.entries.find(({ record }) => record.type === "revoked-by-hand");
    expect(said?.record).toMatchObject({ version: 1, actor: "ops", reason: "revoked on the vendor's page" });
  });

  it("is not asked for while somebody uses it again, however long it takes", async () => {
    const game = await inOverlap();
    game.personAway = true;
    await days(game, 2);
    const current = game.world.consumers.get("a").uses.get("x");
    switchBack(game);
    expect(endOf(await game.retire("x", false))).toMatchObject({ error: { code: "not-in-use" } });
    await days(game, 20);
    expect(alerts(game).map((each) => each.split(" ")[1])).toEqual(["revoke"]);
    if (current != null) game.world.consumers.meddle("a", "x", current);
    expect(endOf(await game.retire("x", false))).toMatchObject({ error: { code: "revoke-by-hand" } });
    expect(alerts(game).map((each) => each.split(" ")[1])).toEqual(["revoke", "revoke-late"]);
  });

  it("may be said to be done before the overlap is over, though not while somebody uses it", async () => {
    const game = await inOverlap();
    const { consumers } = game.world;
    const current = consumers.get("a").uses.get("x");
    switchBack(game);
    expect(endOf(await game.retire("x", true))).toMatchObject({ outcome: "refused" });
    expect(stateOf(game)).toMatchObject({ previous: 1 });
    if (current != null) consumers.meddle("a", "x", current);
    expect((await game.retire("x", true)).result?.retired).toEqual([{ secret: "x", version: 1 }]);
  });

  it("stands in the way of --revoke-now until it is done, and of a rotation that is planned", async () => {
    const game = await inOverlap();
    game.personAway = true;
    const given = (text: string) => ({ secret: "x", material: { value: SecretValue.fromText(text) } });
    const forced = await game.work({ revokeNow: true, given: given("third") }, []);
    expect(endOf(forced)).toMatchObject({ outcome: "refused", error: { code: "revoke-by-hand" } });
    const foreseen = await game.plan({ given: given("third") });
    expect(foreseen.refused).toMatchObject([{ error: { code: "overlap-open", hint: /--done/ } }]);
    expect(foreseen.retired).toEqual([]);
  });

  it("is nothing where a new value has ended the old one; a bad one that was rolled back is not ended", async () => {
    const game = byHand({}, { endsPrevious: true });
    for (const _ of [1, 2]) await game.work({}, []);
    game.personAway = true;
    await days(game, 2);
    expect([stateOf(game).previous, alerts(game)]).toEqual([null, []]);
    game.personAway = false;
    await game.work({}, []);
    game.personAway = true;
    await game.rollBack("x", []);
    expect(stateOf(game)).toMatchObject({ current: 2, previous: 3, retireError: { code: "revoke-by-hand" } });
  });

  it("is the bad version after a rollback, which may not lead back to what was said to be gone", async () => {
    const game = await inOverlap();
    expect(endOf(await game.rollBack("x", []))).toMatchObject({ outcome: "rolled-back", version: 1 });
    expect(stateOf(game)).toMatchObject({ current: 1, previous: 2, held: true });
    expect((await game.retire("x", true)).result?.retired).toEqual([{ secret: "x", version: 2 }]);
    expect(endOf(await game.work({}, []))).toMatchObject({ outcome: "rotated", version: 3 });
  });
});

describe("retire of what keyturn revokes itself", () => {
  it("waits for the overlap, then does what any worker does; nobody else's word counts", async () => {
    const game = new Game({ world: { services: SERVICES } });
    expect(endOf(await game.retire("x", false))).toMatchObject({ error: { code: "nothing-to-retire" } });
    for (const _ of [1, 2]) await game.work({}, []);
    game.clock.advance(HOUR_MS);
    expect(endOf(await game.retire("x", false))).toMatchObject({ error: { code: "overlap-open" } });
    expect(endOf(await game.retire("x", true))).toMatchObject({ error: { code: "usage" } });
    game.clock.advance(DAY_MS);
    expect((await game.retire("x", false)).result).toMatchObject({
      rotated: [],
      retired: [{ secret: "x", version: 1 }],
    });
  });
});
