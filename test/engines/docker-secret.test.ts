/** Docker secrets and services on a real one-node swarm. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeTarget } from "../contract/describe-target.ts";
import { changeTo, refusal, version } from "../contract/target-scene.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import {
  createSecret,
  createService,
  POISON,
  seenIn,
  startRealWorld,
  type RealWorld,
} from "./docker/real-world.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";
import type { Consumer, Target } from "../../src/domain/ports.ts";
import type { VersionRef } from "../../src/domain/version.ts";

const engine = await requireEngine("docker", probeDocker);

describeEngine(engine, "docker-secret on a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  // The stand-in's harness runs the saboteurs.
  describeTarget({
    name: "docker-secret on a real swarm",
    start: () => startRealWorld(swarm),
    saboteurs: false,
    timeoutMs: 60_000,
  });

  describe("a service", { timeout: 60_000 }, () => {
    let world: RealWorld;
    beforeEach(async () => {
      world = await startRealWorld(swarm);
    }, 60_000);
    afterEach(() => world.close(), 60_000);

    it("rolls back by itself, which is noticed, and then runs its old secret", async () => {
      await swarm.docker(["service", "update", "--quiet", "--update-failure-action", "rollback", "app"]);
      const { ref } = await deliver(world, POISON);
      const app = await consumerOf(await world.connect("alpha"));
      await app.activate([changeTo(ref)], signal);
      const error = await refusal(app.confirm([changeTo(ref)], signal));
      expect([error.code, error.kind]).toEqual(["rolled-back-by-swarm", "rejected"]);
      await app.revert(await app.current(signal), ["alpha"], signal);
      expect(await world.seen("alpha")).toEqual(["by-hand-alpha", "by-hand-alpha"]);
    });

    it("whose containers exit is not converged, even if swarm is told to go on", async () => {
      await swarm.docker(["service", "update", "--quiet", "--update-failure-action", "continue", "app"]);
      const { ref } = await deliver(world, POISON);
      const app = await consumerOf(await world.connect("alpha", { converge: "6s" }));
      await app.activate([changeTo(ref)], signal);
      const error = await refusal(app.confirm([changeTo(ref)], signal));
      expect([error.code, error.kind]).toEqual(["not-converged", "rejected"]);
    });

    it("is given a new version index by an update that changes nothing, and no new task", async () => {
      const app = await consumerOf(await world.connect("alpha"));
      const baseline = await app.current(signal);
      const index = await inspect("{{.Version.Index}}");
      const tasks = await swarm.docker(["service", "ps", "-q", "app"]);
      await app.revert(baseline, ["alpha"], signal);
      expect(Number(await inspect("{{.Version.Index}}"))).toBeGreaterThan(Number(index));
      expect(await swarm.docker(["service", "ps", "-q", "app"])).toBe(tasks);
    });

    it("keeps what somebody else changes at the same time", async () => {
      const { ref } = await deliver(world, "new");
      const app = await consumerOf(await world.connect("alpha"));
      await Promise.all([app.activate([changeTo(ref)], signal), addLabel("app", "owner=mesh")]);
      await app.confirm([changeTo(ref)], signal);
      expect(await inspect("{{.Spec.Labels.owner}}")).toBe("mesh");
      expect(await world.seen("alpha")).toEqual(["new", "new"]);
    });

    it("keeps the mount's owner and mode", async () => {
      await createService(swarm, "owned", ["source=alpha,target=alpha,uid=1000,gid=1001,mode=0400"]);
      const { ref } = await deliver(world, "new");
      const owned = await consumerOf(await world.connect("alpha"), "owned");
      await owned.activate([changeTo(ref)], signal);
      await owned.confirm([changeTo(ref)], signal);
      const file =
        "{{range .Spec.TaskTemplate.ContainerSpec.Secrets}}{{.SecretName}} {{.File.UID}} {{.File.GID}} {{.File.Mode}}{{end}}";
      expect(await inspect(file, "owned")).toBe("alpha_v1 1000 1001 -r--------");
    });

    it("in global mode converges", async () => {
      await createService(swarm, "everywhere", ["alpha"], ["--mode", "global"]);
      const { ref } = await deliver(world, "new");
      const everywhere = await consumerOf(await world.connect("alpha"), "everywhere");
      await everywhere.activate([changeTo(ref)], signal);
      expect(await everywhere.confirm([changeTo(ref)], signal)).toBe("converged");
      expect(await seenIn(swarm, "everywhere", "alpha")).toEqual(["new"]);
    });

    it("is left able to roll back by pruning, until it has moved on twice", async () => {
      const target = await world.connect("alpha");
      const app = await consumerOf(target);
      const refs: VersionRef[] = [];
      for (const content of ["first", "second"]) {
        const { ref } = await deliver(world, content);
        refs.push(ref);
        await app.activate([changeTo(ref)], signal);
        await app.confirm([changeTo(ref)], signal);
      }
      expect(await target.store.prune(refs.slice(1), refs, signal)).toEqual({ removed: 0, left: 1 });
      await swarm.docker(["service", "rollback", "--quiet", "app"]);
      expect(await world.seen("alpha")).toEqual(["first", "first"]);
    });

    it("that was removed is not found", async () => {
      const { ref } = await deliver(world, "new");
      const app = await consumerOf(await world.connect("alpha"));
      await swarm.docker(["service", "rm", "app"]);
      expect((await refusal(app.activate([changeTo(ref)], signal))).code).toBe("service-not-found");
    });

    /** The command line gives up when somebody was faster; a person then calls it again. */
    async function addLabel(service: string, label: string): Promise<void> {
      const args = ["service", "update", "--detach", "--label-add", label, service];
      await expect
        .poll(() =>
          swarm.docker(args).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
    }

    const inspect = (format: string, service = "app"): Promise<string> =>
      swarm.docker(["service", "inspect", "--format", format, service]);
  });

  it(
    "takes 511,999 bytes, and a secret of another name is nobody's version",
    { timeout: 60_000 },
    async () => {
      const world = await startRealWorld(swarm);
      await createSecret(swarm, "alpha_v4", "somebody's");
      const { store } = await world.connect("alpha");
      expect(await store.highest(signal)).toBe(4);
      const largest = version("alpha", 5, "x".repeat(511_999));
      await store.deliver(largest, signal);
      expect(await world.holds(largest.ref)).toBe(true);
      expect((await refusal(store.deliver(version("alpha", 6, "x".repeat(501 * 1024)), signal))).code).toBe(
        "secret-too-large",
      );
      expect((await refusal(store.deliver(version("alpha", 4, "ours"), signal))).code).toBe("store-conflict");
      await world.close();
    },
  );
});

const signal = new AbortController().signal;

async function deliver(world: RealWorld, content: string): Promise<{ ref: VersionRef }> {
  const { store } = await world.connect("alpha");
  const number = (await store.highest(signal)) + 1;
  const created = version("alpha", number, content, `run${number}`);
  await store.deliver(created, signal);
  return created;
}

async function consumerOf(target: Target, service = "app"): Promise<Consumer> {
  const consumer = (await target.consumers(signal)).find(
    ({ id }) => id === `docker-service:swarm/${service}`,
  );
  if (consumer === undefined) throw new Error(`no consumer ${service}`);
  return consumer;
}
