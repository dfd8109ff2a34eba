/** What is special to swarm services: convergence, roll-backs, other people's updates, answers that get lost. */
import { onTestFinished } from "vitest";
import { describe, expect, it } from "vitest";
import { POISON, serviceSpec, startStandInWorld, type StandInWorld } from "./docker-secret/stand-in-world.ts";
import { consumerOf, prepare, signal } from "./docker-secret/switch-scene.ts";
import { refusal } from "./target-scene.ts";
import type { DockerStandInOptions } from "../stand-ins/docker/stand-in.ts";
import type { StandInSpec } from "../stand-ins/docker/model.ts";

async function world(options: Partial<DockerStandInOptions> = {}): Promise<StandInWorld> {
  const started = await startStandInWorld(options);
  onTestFinished(() => started.close());
  return started;
}

function respec(at: StandInWorld, more: Partial<StandInSpec>): void {
  at.app.spec = { ...at.app.spec, ...more };
}

describe("an update of a service", () => {
  it("changes the secret's reference and nothing else of the spec, known to keyturn or not", async () => {
    const at = await world({ meddling: 0 });
    const odd = {
      Labels: { a: "b" },
      TaskTemplate: { ...at.app.spec.TaskTemplate, Future: { Nested: [1, null] } },
    };
    respec(at, odd);
    const before = structuredClone(at.app.spec);
    const { consumer, changes } = await prepare(at, "new");
    await consumer.activate(changes, signal);
    const copy = at.engine.swarm.secrets.find(({ name }) => name === "alpha_v1");
    const [alpha, beta] = before.TaskTemplate.ContainerSpec.Secrets ?? [];
    const switched = [{ ...alpha, SecretID: copy?.id, SecretName: "alpha_v1" }, beta];
    const container = { ...before.TaskTemplate.ContainerSpec, Secrets: switched };
    const template = { ...before.TaskTemplate, ContainerSpec: container };
    expect(at.app.spec).toEqual({ ...before, TaskTemplate: template });
  });

  it("is applied again over somebody else's, which survives", async () => {
    const at = await world({ meddling: 0.7 });
    const { consumer, changes } = await prepare(at, "new");
    await consumer.activate(changes, signal);
    await consumer.confirm(changes, signal);
    const posts = at.engine.requests.filter((request) => request.startsWith("POST /services"));
    expect(posts.length).toBeGreaterThan(1);
    expect(at.app.spec.Labels).toHaveProperty("touched");
  });

  it("gives up, changing nothing, when somebody else is always faster", async () => {
    const at = await world({ meddling: 1 });
    const { consumer, changes } = await prepare(at, "new");
    const error = await refusal(consumer.activate(changes, signal));
    expect([error.code, error.kind]).toEqual(["store-conflict", "transient"]);
    expect(at.app.restarts).toBe(0);
  });

  it("whose answer is lost is outcome-unknown, and repeating it restarts nothing more", async () => {
    const at = await world({ meddling: 0 });
    const { consumer, changes } = await prepare(at, "new");
    at.engine.inject({ method: "POST", path: "/services/", effect: "lost-answer" });
    const error = await refusal(consumer.activate(changes, signal));
    expect([error.code, error.kind]).toEqual(["lost-answer", "outcome-unknown"]);
    await consumer.activate(changes, signal);
    await consumer.confirm(changes, signal);
    expect(await at.switches()).toBe(1);
  });

  it("that is cancelled while it hangs is outcome-unknown", async () => {
    const at = await world();
    const { consumer, changes } = await prepare(at, "new");
    at.engine.inject({ method: "POST", path: "/services/", effect: "hang" });
    const cancel = new AbortController();
    const call = refusal(consumer.activate(changes, cancel.signal));
    await expect.poll(() => at.engine.requests.at(-1)).toMatch(/^POST \/services/);
    cancel.abort();
    expect(await call).toMatchObject({ code: "aborted", kind: "outcome-unknown" });
  });
});

describe("confirm", () => {
  it("notices that swarm rolled the service back by itself", async () => {
    const at = await world();
    respec(at, { UpdateConfig: { FailureAction: "rollback", Monitor: 1e9 } });
    const { consumer, changes } = await prepare(at, POISON);
    await consumer.activate(changes, signal);
    expect(await refusal(consumer.confirm(changes, signal))).toMatchObject({
      code: "rolled-back-by-swarm",
      kind: "rejected",
    });
    await expect.poll(() => at.app.status?.State).toBe("rollback_completed");
    expect(await at.seen("alpha")).toEqual(["by-hand-alpha", "by-hand-alpha"]);
  });

  it("notices that swarm paused the update", async () => {
    const at = await world();
    const { consumer, changes } = await prepare(at, POISON);
    await consumer.activate(changes, signal);
    expect(await refusal(consumer.confirm(changes, signal))).toMatchObject({
      code: "not-converged",
      kind: "rejected",
    });
  });

  it("gives up after `converge` on a service that swarm keeps restarting", async () => {
    const at = await world();
    respec(at, { UpdateConfig: { FailureAction: "continue", Monitor: 1e9 } });
    const { consumer, changes } = await prepare(at, POISON, { converge: "5s" });
    await consumer.activate(changes, signal);
    const error = await refusal(consumer.confirm(changes, signal));
    expect(error).toMatchObject({ code: "not-converged", kind: "rejected" });
    expect(error.message).toContain("5.0s");
  });

  it("does not believe a spec whose tasks are still the old ones", async () => {
    const at = await world();
    const { consumer, changes } = await prepare(at, "new", { converge: "5s" });
    await consumer.activate(changes, signal);
    await consumer.confirm(changes, signal);
    // An old task on a node that does not answer: swarm shows it as running, wanting it shut down.
    const old = at.engine.swarm.tasks.find(
      ({ service, state }) => service === at.app.id && state === "shutdown",
    );
    if (old === undefined) throw new Error("there is no old task");
    old.state = "running";
    expect(await refusal(consumer.confirm(changes, signal))).toMatchObject({ code: "not-converged" });
  });

  it("outlasts a manager that does not answer for a moment", async () => {
    const at = await world();
    const { consumer, changes } = await prepare(at, "new");
    await consumer.activate(changes, signal);
    at.engine.inject({
      method: "GET",
      path: "/tasks",
      effect: 500,
      message: "rpc error: the swarm does not have a leader",
    });
    at.engine.inject({ method: "GET", path: "/tasks", effect: "garbage" });
    at.engine.inject({ method: "GET", path: "/tasks", effect: "cut" });
    expect(await consumer.confirm(changes, signal)).toBe("converged");
  });

  it("fails when somebody put another secret in its place", async () => {
    const at = await world();
    const { consumer, changes, baseline } = await prepare(at, "new");
    await consumer.activate(changes, signal);
    await consumer.confirm(changes, signal);
    await consumer.revert(baseline, ["alpha"], signal);
    expect(await refusal(consumer.confirm(changes, signal))).toMatchObject({
      code: "not-in-use",
      kind: "rejected",
    });
  });

  it("fails when the service is gone", async () => {
    const at = await world();
    const { consumer, changes } = await prepare(at, "new");
    at.engine.swarm.services.splice(0, 1);
    expect(await refusal(consumer.confirm(changes, signal))).toMatchObject({
      code: "service-not-found",
      kind: "rejected",
    });
  });

  it("takes a global service, and one without replicas", async () => {
    const at = await world();
    for (const mode of [{ Global: {} }, { Replicated: { Replicas: 0 } }]) {
      const name = "Global" in mode ? "everywhere" : "nowhere";
      at.engine.swarm.createService(serviceSpec(at.engine, name, [["alpha", "alpha"]], { Mode: mode }));
      const { target, changes } = await prepare(at, "new");
      const consumer = await consumerOf(target, name);
      expect(consumer.restarts).toBe("Global" in mode ? 2 : 0);
      await consumer.activate(changes, signal);
      expect(await consumer.confirm(changes, signal)).toBe("converged");
    }
  });
});

describe("revert", () => {
  it("makes an earlier update that has yet to land fail, even when there is nothing to restore", async () => {
    const at = await world({ meddling: 0 });
    const { consumer, baseline } = await prepare(at, "new");
    const { index, spec } = at.app;
    await consumer.revert(baseline, ["alpha"], signal);
    expect(() => at.engine.swarm.updateService(at.app.id, index, spec)).toThrow("out of sequence");
    expect(at.app.restarts).toBe(0);
  });

  it("is not undone by an activate that was cut and lands after it", async () => {
    const at = await world({ meddling: 0 });
    const { consumer, baseline, changes } = await prepare(at, "new");
    at.engine.inject({ method: "POST", path: "/services/", effect: "late" });
    expect((await refusal(consumer.activate(changes, signal))).kind).toBe("outcome-unknown");
    await consumer.revert(baseline, ["alpha"], signal);
    expect(at.engine.landLate()).toEqual([500]);
    expect((await consumer.current(signal)).items).toEqual(baseline.items);
    expect(at.app.restarts).toBe(0);
  });

  it("leaves no trace of the version in PreviousSpec, so that it can be withdrawn", async () => {
    const at = await world();
    const { consumer, baseline, changes } = await prepare(at, "new");
    await consumer.activate(changes, signal);
    await consumer.confirm(changes, signal);
    await consumer.revert(baseline, ["alpha"], signal);
    expect(JSON.stringify(at.app.previous)).not.toContain("alpha_v1");
    expect(await at.switches()).toBe(2);
  });

  it("removes the reference again from a service that had none", async () => {
    const at = await world();
    at.engine.swarm.createService(serviceSpec(at.engine, "bare", []));
    const { target, ref, changes } = await prepare(at, "new", { services: ["app", "bare"] });
    const bare = await consumerOf(target, "bare");
    const baseline = await bare.current(signal);
    expect(baseline.items[0]).toMatchObject({ held: { kind: "absent" }, restore: { alpha: null } });
    await bare.activate(changes, signal);
    await bare.confirm(changes, signal);
    expect((await bare.current(signal)).items[0]?.held).toEqual({ kind: "version", ref });
    await bare.revert(baseline, ["alpha"], signal);
    expect((await bare.current(signal)).items[0]?.held).toEqual({ kind: "absent" });
  });

  it("can be tried again while the old version does not come up either", async () => {
    const at = await world();
    const { consumer, baseline, changes } = await prepare(at, "new");
    await consumer.activate(changes, signal);
    await consumer.confirm(changes, signal);
    const held = at.engine.swarm.secrets.findIndex(({ name }) => name === "alpha");
    const before = at.engine.swarm.secrets[held];
    if (before === undefined) throw new Error("alpha is not there");
    at.engine.swarm.secrets[held] = { ...before, content: POISON };
    expect(await refusal(consumer.revert(baseline, ["alpha"], signal))).toMatchObject({
      code: "not-converged",
      kind: "transient",
    });
    at.engine.swarm.secrets[held] = before;
    await consumer.revert(baseline, ["alpha"], signal);
    expect(await at.seen("alpha")).toEqual(["by-hand-alpha", "by-hand-alpha"]);
  });

  it("resolves when the service is gone: nothing uses the version any more", async () => {
    const at = await world();
    const { consumer, baseline } = await prepare(at, "new");
    at.engine.swarm.services.splice(0, 1);
    await expect(consumer.revert(baseline, ["alpha"], signal)).resolves.toBeUndefined();
  });
});

describe("the services of a target", () => {
  it("are, for auto, those that mount one of the secret's versions under its name", async () => {
    const at = await world();
    const consumers = await (await at.connect("alpha")).consumers(signal);
    expect(consumers.map(({ id, restarts }) => [id, restarts])).toEqual([["docker-service:swarm/app", 2]]);
  });

  it("must exist when they are named", async () => {
    const at = await world();
    const target = await at.connect("alpha", { services: ["app", "ap"] });
    expect(await refusal(target.consumers(signal))).toMatchObject({
      code: "service-not-found",
      kind: "rejected",
    });
  });

  it("may not be jobs, which an update would run again", async () => {
    const at = await world();
    at.engine.swarm.createService(
      serviceSpec(at.engine, "nightly", [["alpha", "alpha"]], { Mode: { ReplicatedJob: {} } }),
    );
    const target = await at.connect("alpha");
    expect(await refusal(target.consumers(signal))).toMatchObject({
      code: "service-unsupported",
      kind: "rejected",
    });
  });
});
