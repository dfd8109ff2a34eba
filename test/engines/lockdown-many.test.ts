/** A hundred containers in ten services: how long it takes until all of them are held still, the command's start included. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { IMAGE } from "./docker/base-image.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { configure, withLockdown } from "./lockdown/start-world.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker", probeDocker);
const SERVICES = Array.from({ length: 10 }, (_, index) => `many-${index}`);
const AT_MOST_MS = 2_000;

describeEngine(engine, "a lockdown of a hundred containers", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
    const size = ["--replicas", "10", "--restart-delay", "5s"];
    await Promise.all(
      SERVICES.map((name) =>
        swarm.docker(["service", "create", "--quiet", "--name", name, ...size, IMAGE, "sleep", "100000"]),
      ),
    );
  }, 180_000);
  afterAll(() => swarm.close(), 120_000);

  it("holds all of them still within two seconds", { timeout: 180_000 }, async () => {
    const ids = (await swarm.docker(["ps", "-q", "--no-trunc"])).split("\n");
    expect(ids).toHaveLength(100);
    await withLockdown(swarm, { name: "beside" }, async (world) => {
      const scope = () => ({
        contain: [{ kind: "docker", connection: "swarm", services: SERVICES }],
        rotate: undefined,
        deny: [],
        resume: "contained",
      });
      configure(world, { name: "beside", scope });
      await world.keyturn("config", "check");
      const beganAt = performance.now();
      let heldMs = Infinity;
      const start = ["lockdown", "start", "sam", "--reason", "measured", "--json"];
      const running = world.start(start, (line) => {
        if (line.includes('"contained"')) heldMs = performance.now() - beganAt;
      });
      expect(await running.finished).toMatchObject({ code: 0, stderr: "" });
      expect(heldMs).toBeLessThan(AT_MOST_MS);
    });
  });
});
