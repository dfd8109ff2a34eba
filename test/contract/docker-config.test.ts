import { expect, it } from "vitest";
import { describeTarget } from "./describe-target.ts";
import { startConfigWorld } from "./docker-config/world.ts";
import { consumerOf } from "./docker-secret/switch-scene.ts";
import { changeTo, version } from "./target-scene.ts";
import { dockerConfig } from "../../src/targets/docker-config.ts";

const signal = new AbortController().signal;

describeTarget({ name: "docker-config on the stand-in engine", start: startConfigWorld });

it("a secret and a config of one service change in one update", async () => {
  const world = await startConfigWorld();
  try {
    const [config, secret] = [await world.connect("alpha"), await world.connectSecret("alpha")];
    const created = version("alpha", 1, "new");
    await config.store.deliver(created, signal);
    await secret.store.deliver(created, signal);
    const [first, second] = [await consumerOf(config), await consumerOf(secret)];
    const both = first.join(second);
    const baseline = await both.current(signal);
    const before = await world.switches();
    await both.activate([changeTo(created.ref)], signal);
    await both.confirm([changeTo(created.ref)], signal);
    expect([await world.switches(), world.seenSecret("alpha")]).toEqual([(before ?? 0) + 1, ["new", "new"]]);
    expect(await world.seen("alpha")).toEqual(["new", "new"]);
    await both.revert(baseline, ["alpha"], signal);
    expect([await world.seen("alpha"), world.seenSecret("alpha")]).toEqual([
      ["by-hand-alpha", "by-hand-alpha"],
      ["secret-by-hand", "secret-by-hand"],
    ]);
  } finally {
    await world.close();
  }
});

const good = { kind: "docker-config", connection: "swarm", name: "site", content: "{fullchain}" };

it("is for public parts only", () => {
  expect(dockerConfig.schema.safeParse(good).success).toBe(true);
  const told = dockerConfig.schema.safeParse({ ...good, content: "{fullchain}{key}" }).error?.issues[0];
  expect(told?.message).toContain("a config is no secret");
});

it.each([
  ["content", { content: undefined }],
  ["content", { content: "{" }],
  ["mount", { mount: "site.pem" }],
  ["name", { name: "-site" }],
  ["services", { services: [] }],
  ["converge", { converge: "soon" }],
])("names the key %j when it is wrong: %j", (key, change) => {
  const problems = dockerConfig.schema.safeParse({ ...good, ...change }).error?.issues ?? [];
  expect(problems.map(({ path }) => path[0])).toEqual([key]);
});
