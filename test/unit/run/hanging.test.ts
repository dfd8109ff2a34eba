/** Many secrets due at once, and one connection that never answers: the others do not notice. */
import { expect, test } from "vitest";
import { SECOND_MS } from "../../../src/domain/time.ts";
import { Game } from "../../crash/world/game.ts";

const names = Array.from({ length: 500 }, (_, n) => `s${n}`);
const hanging = names.filter((_, n) => n % 10 === 0);

test("healthy secrets begin within seconds while fifty others hang, and those are refused", async () => {
  const services = Object.fromEntries(names.map((name) => [`service-${name}`, [name]]));
  const game = new Game({ world: { services, hanging } });
  const startedAt = game.clock.now();
  const began = new Map<string, number>();
  game.onRecord = (record) => {
    if (record.type !== "run-started") return;
    for (const { secret } of record.secrets) began.set(secret, record.at - startedAt);
  };
  const { result } = await game.work({ now: true }, []);
  expect(began.size).toBe(450);
  expect(Math.max(...began.values())).toBeLessThan(30 * SECOND_MS);
  const refused = result?.rotated.filter((each) => each.outcome === "refused") ?? [];
  expect(refused.map((each) => each.secret).toSorted()).toEqual(hanging.toSorted());
  expect(result?.rotated.filter((each) => each.outcome === "rotated").length).toBe(450);
  expect(game.world.violations).toEqual([]);
});

test("secrets that share a service still restart it once, although some of them hang", async () => {
  const game = new Game({ world: { services: { web: ["a", "b", "c"] }, hanging: ["c"] } });
  const runs: (readonly string[])[] = [];
  game.onRecord = (record) => {
    if (record.type === "run-started") runs.push(record.secrets.map(({ secret }) => secret));
  };
  await game.work({ now: true }, []);
  expect(runs).toEqual([["a", "b"]]);
});

test("what depends on a secret that hangs waits for it", async () => {
  const services = { one: ["a"], two: ["b"], three: ["c"] };
  const game = new Game({ world: { services, hanging: ["a"] }, dependsOn: { b: ["a"] } });
  const startedAt = game.clock.now();
  const began = new Map<string, number>();
  game.onRecord = (record) => {
    if (record.type === "run-started") began.set(record.secrets[0]?.secret ?? "", record.at - startedAt);
  };
  await game.work({ now: true }, []);
  expect(began.get("c")).toBeLessThan(30 * SECOND_MS);
  expect(began.get("b")).toBeGreaterThanOrEqual(60 * SECOND_MS);
});
