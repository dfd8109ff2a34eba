/** What is special to Docker secrets as a store: names, labels, size, and what swarm does not protect. */
import { describe, expect, it, onTestFinished } from "vitest";
import { startStandInWorld, type StandInWorld } from "./docker-secret/stand-in-world.ts";
import { prepare, signal } from "./docker-secret/switch-scene.ts";
import { expectNoCanary, refusal, version } from "./target-scene.ts";
import type { DockerStandInOptions } from "../stand-ins/docker/stand-in.ts";

const CANARY = "canary-0b6d83f5aa";

async function world(options: Partial<DockerStandInOptions> = {}): Promise<StandInWorld> {
  const started = await startStandInWorld(options);
  onTestFinished(() => started.close());
  return started;
}

describe("deliver", () => {
  it("labels the copy with secret, version and marker", async () => {
    const at = await world();
    const { ref } = await prepare(at, "new");
    const copy = at.engine.swarm.secrets.find(({ name }) => name === "alpha_v1");
    expect(copy?.labels).toEqual({
      "keyturn.secret": "alpha",
      "keyturn.version": "1",
      "keyturn.marker": ref.marker,
    });
    expect(copy?.content).toBe("new");
  });

  it("renders the content template", async () => {
    const at = await world();
    await prepare(at, "new", { content: '{{"password":"{value}"}}' });
    expect(at.engine.swarm.secrets.find(({ name }) => name === "alpha_v1")?.content).toBe(
      '{"password":"new"}',
    );
  });

  it.each([
    ["512,000 bytes", "x".repeat(512_000)],
    ["501 KiB", "x".repeat(501 * 1024)],
    ["nothing", ""],
  ])("refuses %s before any call", async (_what, content) => {
    const at = await world();
    const { store } = await at.connect("alpha");
    expect(await refusal(store.deliver(version("alpha", 1, content), signal))).toMatchObject({
      code: "secret-too-large",
      kind: "rejected",
    });
    expect(at.engine.requests).toEqual([]);
  });

  it("takes the largest content that Docker takes", async () => {
    const at = await world();
    const { store } = await at.connect("alpha");
    const largest = version("alpha", 1, "x".repeat(511_999));
    await store.deliver(largest, signal);
    expect(await at.holds(largest.ref)).toBe(true);
  });

  it("refuses a template that names a part the version does not have", async () => {
    const at = await world();
    const { store } = await at.connect("alpha", { content: "{password}" });
    expect(await refusal(store.deliver(version("alpha", 1, CANARY), signal))).toMatchObject({
      code: "template-invalid",
      kind: "rejected",
    });
  });

  it("whose answer is lost is outcome-unknown, and resolves when repeated", async () => {
    const at = await world();
    const { store } = await at.connect("alpha");
    at.engine.inject({ method: "POST", path: "/secrets/create", effect: "lost-answer" });
    const created = version("alpha", 1, "new");
    expect(await refusal(store.deliver(created, signal))).toMatchObject({
      code: "lost-answer",
      kind: "outcome-unknown",
    });
    await store.deliver(created, signal);
    expect(await at.holds(created.ref)).toBe(true);
  });

  it("resolves when an earlier attempt lands between its look and its call", async () => {
    const at = await world();
    const { store } = await at.connect("alpha");
    const created = version("alpha", 1, "new");
    await store.deliver(created, signal);
    const hidden = at.engine.swarm.secrets.splice(-1, 1);
    const reads = at.engine.requests.length;
    const again = store.deliver(created, signal);
    await expect.poll(() => at.engine.requests.length, { interval: 0 }).toBeGreaterThan(reads);
    at.engine.swarm.secrets.push(...hidden);
    await expect(again).resolves.toBeUndefined();
  });

  it.each([400, 403, 409, 500])(
    "keeps an engine's %i that quotes the request out of the error",
    async (status) => {
      const at = await world();
      const { store } = await at.connect("alpha");
      const message = `bad request: {"Data":"${Buffer.from(CANARY).toString("base64")}"} ${CANARY}`;
      at.engine.inject({ method: "POST", path: "/secrets/create", effect: status, message });
      expectNoCanary(await refusal(store.deliver(version("alpha", 1, CANARY), signal)), CANARY);
    },
  );
});

describe("withdraw", () => {
  it("is refused while a service's spec names the copy", async () => {
    const at = await world();
    const { target, consumer, changes, ref } = await prepare(at, "new");
    await consumer.activate(changes, signal);
    const error = await refusal(target.store.withdraw(ref, signal));
    expect([error.code, error.kind]).toEqual(["copy-in-use", "transient"]);
    expect(error.message).toContain("app");
  });
});

describe("prune", () => {
  it("leaves a copy that only a PreviousSpec names", async () => {
    const at = await world();
    const first = await prepare(at, "first");
    await first.consumer.activate(first.changes, signal);
    await first.consumer.confirm(first.changes, signal);
    const second = await prepare(at, "second");
    await second.consumer.activate(second.changes, signal);
    await second.consumer.confirm(second.changes, signal);
    const known = [first.ref, second.ref];
    expect(await first.target.store.prune([second.ref], known, signal)).toEqual({ removed: 0, left: 1 });
    const third = await prepare(at, "third");
    await third.consumer.activate(third.changes, signal);
    await third.consumer.confirm(third.changes, signal);
    expect(await first.target.store.prune([third.ref], known, signal)).toEqual({ removed: 1, left: 1 });
    expect(await at.holds(first.ref)).toBe(false);
  });

  it("leaves a copy that only a task uses which still runs", async () => {
    const at = await world({ meddling: 0 });
    const { target, consumer, baseline, changes, ref } = await prepare(at, "new");
    await consumer.activate(changes, signal);
    await consumer.confirm(changes, signal);
    await consumer.revert(baseline, ["alpha"], signal);
    const task = at.engine.swarm.tasks.find(({ template }) => JSON.stringify(template).includes("alpha_v1"));
    if (task === undefined) throw new Error("no task had it");
    task.state = "running";
    expect(await target.store.prune([], [ref], signal)).toEqual({ removed: 0, left: 1 });
    task.state = "shutdown";
    expect(await target.store.prune([], [ref], signal)).toEqual({ removed: 1, left: 0 });
  });
});

describe("a connection", () => {
  it.each([
    ["an absent socket", {}, "unreachable", "transient"],
    ["an engine that is no manager", { manager: false }, "not-a-manager", "rejected"],
    ["an engine that is too old", { apiVersion: "1.40" }, "unexpected-answer", "rejected"],
    ["something that is no engine", { apiVersion: "HTTP" }, "unexpected-answer", "rejected"],
  ] as const)("to %s fails clearly", async (what, options, code, kind) => {
    const at = await world(options);
    if (what === "an absent socket") await at.breakFarSide();
    const { store } = await at.connect("alpha");
    const error = await refusal(store.highest(signal));
    expect([error.code, error.kind]).toEqual([code, kind]);
    expect(error.hint).not.toBeNull();
  });

  it("that failed is made anew by the next call", async () => {
    const at = await world();
    const { store } = await at.connect("alpha");
    at.engine.inject({ method: "GET", path: "/version", effect: "cut" });
    expect(await refusal(store.highest(signal))).toMatchObject({ code: "lost-answer", kind: "transient" });
    expect(await store.highest(signal)).toBe(0);
  });

  it("speaks the engine's own API version, so that no newer field of a spec is lost", async () => {
    const at = await world({ apiVersion: "1.52" });
    const { store } = await at.connect("alpha");
    expect(await store.highest(signal)).toBe(0);
    expect(at.engine.versions).toEqual(["1.52"]);
  });
});
