/** One secret under two mounts of a service: two targets, and one consumer. */
import { describe, expect, it, onTestFinished } from "vitest";
import { startStandInWorld, type StandInWorld } from "./docker-secret/stand-in-world.ts";
import { consumerOf, signal } from "./docker-secret/switch-scene.ts";
import { changeTo, refusal, version } from "./target-scene.ts";
import type { DockerStandInOptions } from "../stand-ins/docker/stand-in.ts";

async function world(options: Partial<DockerStandInOptions> = {}): Promise<StandInWorld> {
  const started = await startStandInWorld(options);
  onTestFinished(() => started.close());
  return started;
}

describe("a secret that a service mounts twice, as its user name and its password", () => {
  async function twice(at: StandInWorld) {
    const [user, password] = await Promise.all(
      ["alpha", "beta"].map((name) => at.connect(name, { secret: "login" })),
    );
    if (user === undefined || password === undefined) throw new Error("not connected");
    const created = version("login", 1, "new-0123456789");
    for (const { store } of [user, password]) await store.deliver(created, signal);
    const consumer = (await consumerOf(user)).join(await consumerOf(password));
    return { consumer, password, baseline: await consumer.current(signal), changes: [changeTo(created.ref)] };
  }

  it("is switched at both mounts, in one update", async () => {
    const at = await world();
    const { consumer, changes } = await twice(at);
    await consumer.activate(changes, signal);
    await consumer.confirm(changes, signal);
    for (const mount of ["alpha", "beta"])
      expect(await at.seen(mount)).toEqual(["new-0123456789", "new-0123456789"]);
    expect(await at.switches()).toBe(1);
    expect((await consumer.current(signal)).items).toMatchObject([
      { secret: "login", held: { kind: "version" } },
    ]);
  });

  it("is not confirmed while one of them has another version, and goes back at both", async () => {
    const at = await world();
    const { consumer, password, baseline, changes } = await twice(at);
    await (await consumerOf(password)).activate(changes, signal);
    expect((await refusal(consumer.confirm(changes, signal))).kind).toBe("rejected");
    await consumer.activate(changes, signal);
    await consumer.revert(baseline, ["login"], signal);
    for (const mount of ["alpha", "beta"])
      expect(await at.seen(mount)).toEqual([`by-hand-${mount}`, `by-hand-${mount}`]);
  });

  it("is switched and taken back at one of them alone when only that target is new", async () => {
    const at = await world();
    const { password, changes } = await twice(at);
    const alone = await consumerOf(password);
    const baseline = await alone.current(signal);
    await alone.activate(changes, signal);
    await alone.confirm(changes, signal);
    expect(await at.seen("alpha")).toEqual(["by-hand-alpha", "by-hand-alpha"]);
    await alone.revert(baseline, ["login"], signal);
    expect(await at.seen("beta")).toEqual(["by-hand-beta", "by-hand-beta"]);
  });

  it("is not restarted by an activate of what it has already", async () => {
    const at = await world({ meddling: 0 });
    const { consumer, changes } = await twice(at);
    await consumer.activate(changes, signal);
    await consumer.confirm(changes, signal);
    const posts = () => at.engine.requests.filter((request) => request.startsWith("POST")).length;
    const before = posts();
    await consumer.activate(changes, signal);
    expect(posts()).toBe(before);
  });
});
