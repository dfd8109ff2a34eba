/** A target that is added to a secret, on a real swarm: a service that had nothing gets the current version. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { SECRET } from "../e2e/world/world.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { signedInAlways } from "./main-job/after-a-while.ts";
import { ended } from "./main-job/how-it-ended.ts";
import { SampleService, UNUSABLE } from "./main-job/sample-service.ts";
import { withJob, type JobWorld } from "./main-job/start-job.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker", probeDocker);
const WITHIN = { timeout: 180_000 };

function addTarget(world: JobWorld, name: string, service: string, content = "{value}"): void {
  const where = { kind: "docker-secret", connection: "swarm", name, services: [service] };
  const added = { ...where, content, converge: "30s" };
  const targets = [...world.consumer.targets, added];
  world.configure((parts) => ({
    ...parts,
    secrets: { [SECRET]: { ...parts.secrets[SECRET], targets } },
  }));
}

/** Changes at the tenant from now on. */
function changes(world: JobWorld): readonly string[] {
  const seen: string[] = [];
  world.onRequest((operation) => {
    if (operation === "add" || operation === "remove") seen.push(operation);
    return null;
  });
  return seen;
}

describeEngine(engine, "a target that is added on a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  it("brings the current version to a service that had none, and leaves the others alone", WITHIN, () =>
    withJob(swarm, { mount: "azure_added", service: "sam-added" }, async (world) => {
      expect(ended(await world.keyturn("rotate", "--now", SECRET, "--json"))).toMatchObject({ code: 0 });
      const sam = world.consumer.service;
      const before = [await sam.tasksEver(), await sam.inspect("{{.Version.Index}}")];
      const late = await SampleService.create(swarm, { name: "late-added", secrets: [] });
      addTarget(world, "late_secret", "late-added");
      const changed = changes(world);

      expect((await world.keyturn("plan")).stdout).toMatch(/v1 stays \(target added\)/);
      expect(ended(await world.keyturn("rotate", "--json"))).toEqual({
        code: 0,
        outcome: "delivered",
        version: 1,
      });
      expect(changed).toEqual([]);
      expect(await late.mounted("late_secret")).toEqual(["late_secret_v1", "late_secret_v1"]);
      expect([await sam.tasksEver(), await sam.inspect("{{.Version.Index}}")]).toEqual(before);
      await signedInAlways(world);
      await late.remove();
    }),
  );

  it("goes back where the new service cannot run with it, and nowhere else", WITHIN, () =>
    withJob(swarm, { mount: "azure_kept", service: "sam-kept" }, async (world) => {
      expect(ended(await world.keyturn("rotate", "--now", SECRET, "--json"))).toMatchObject({ code: 0 });
      const sam = world.consumer.service;
      const tasks = await sam.tasksEver();
      const late = await SampleService.create(swarm, { name: "late-kept", secrets: [] });
      addTarget(world, "kept_secret", "late-kept", `${UNUSABLE}{value}`);
      const changed = changes(world);
      expect(ended(await world.keyturn("rotate", "--json"))).toMatchObject({
        code: 1,
        outcome: "rolled-back",
        version: 1,
      });
      expect(changed).toEqual([]);
      expect(await sam.tasksEver()).toBe(tasks);
      expect(await late.mounted("kept_secret")).toEqual([]);
      expect((await swarm.docker(["secret", "ls", "--format", "{{.Name}}"])).split("\n")).not.toContain(
        "kept_secret_v1",
      );
      await signedInAlways(world);
      await late.remove();
    }),
  );
});
