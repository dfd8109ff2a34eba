/** The ways to hold a service and a container still, and back again: everything but references to secrets as before. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { toldBy } from "../e2e/world/start-keyturn.ts";
import { SECRET } from "../e2e/world/world.ts";
import { IMAGE } from "./docker/base-image.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { withLockdown, type LockdownOrder, type LockdownWorld } from "./lockdown/start-world.ts";
import { withoutSecrets } from "./lockdown/without-secrets.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker", probeDocker);
const START = ["lockdown", "start", "sam", "--reason", "a token was seen in public", "--json"];
const LIFT = ["lockdown", "lift", "sam", "--confirm", "sam", "--reason", "all is well", "--json"];
const WITHIN = { timeout: 120_000 };

describeEngine(engine, "how a lockdown holds on a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
    for (const [name, subnet] of Object.entries({ inner: "10.9.0.0/24", second: "10.8.0.0/24" }))
      await swarm.docker(["network", "create", "--driver", "bridge", "--subnet", subnet, name]);
    await swarm.docker(["network", "create", "--driver", "overlay", "--attachable", "mesh"]);
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  const inWorld = (order: LockdownOrder, body: (world: LockdownWorld) => Promise<void>): Promise<void> =>
    withLockdown(swarm, order, async (world) => {
      const first = await world.keyturn("rotate", "--now", SECRET, "--json");
      expect(first.code, first.stderr).toBe(0);
      const before = withoutSecrets(await world.consumer.service.spec());
      await body(world);
      const lifted = await world.keyturn(...LIFT);
      expect(toldBy(lifted).at(-1), lifted.stdout).toMatchObject({ outcome: "lifted" });
      expect(withoutSecrets(await world.consumer.service.spec())).toEqual(before);
      await comesBack(world);
    });

  it.each(["pause", "scale-to-zero"])("a global service: %s", WITHIN, (how) => {
    const name = `global-${how}`;
    return inWorld(
      { name, replicas: "global", scope: () => ({ contain: [held(name, how)] }) },
      async (world) => {
        await lockDown(world);
        expect(world.consumer.service.denying()).toBeGreaterThan(0);
        await lockDown(world);
      },
    );
  });

  it("a service of two tasks that is scaled to nothing and left so", WITHIN, () => {
    const scope = () => ({ contain: [held("zero", "scale-to-zero")], resume: "contained" });
    return inWorld({ name: "zero", replicas: 2, scope }, async (world) => {
      await lockDown(world);
      expect(await world.consumer.service.states()).toEqual([]);
      expect(world.consumer.service.denying()).toBe(0);
    });
  });

  it("a service that is taken off its networks", WITHIN, () => {
    const scope = () => ({ contain: [held("off", "disconnect")] });
    return inWorld({ name: "off", replicas: 2, more: ["--network", "mesh"], scope }, async (world) => {
      let networks: unknown;
      const locked = world.start(START, (line) => {
        if (line.includes('"contained"')) networks ??= networksOf("off");
      });
      const ended = await locked.finished;
      expect(toldBy(ended).at(-1), ended.stderr).toMatchObject({ outcome: "complete", missing: [] });
      expect(await networks).toEqual([]);
      expect(world.consumer.service.denying()).toBeGreaterThan(0);
      expect(await networksOf("off")).toEqual(["mesh", "mesh"]);
    });
  });

  it.each(["denied", "contained"])(
    "a container that is taken off its networks, whatever kills the command: %s",
    WITHIN,
    async (resume) => {
      const name = `alone-${resume}`;
      await runAlone();
      const contain = [{ ...held(name, "disconnect"), containers: ["alone"] }];
      const scope = () => ({ contain, resume });
      const before = await attachments();
      await inWorld({ name, replicas: 1, scope }, async (world) => {
        const killed = world.start(START, () => killed.kill("SIGKILL"));
        expect((await killed.finished).code).toBeNull();
        expect(await attachments()).toEqual({});
        for (let times = 0; times < 2; times += 1) await lockDown(world, { runs: true });
        expect(await attachments()).toEqual({});
      });
      expect(await attachments()).toEqual(before);
      await swarm.docker(["rm", "-f", "alone"]);
    },
  );

  it("tells of a restart delay that is too short for the update", WITHIN, () => {
    const more = ["--restart-delay", "500ms"];
    return inWorld({ name: "hasty", replicas: 1, more }, async (world) => {
      const warning = expect.stringContaining("restart delay of 500 ms") as string;
      const locked = await world.keyturn(...START);
      expect(toldBy(locked)).toContainEqual(
        expect.objectContaining({ type: "phase", phase: "resume", warning }),
      );
      const report = await world.keyturn("lockdown", "report", "sam", "--json");
      expect(JSON.parse(report.stdout)).toMatchObject({ warnings: [{ warning }] });
      const { stdout } = await world.keyturn("lockdown", "report", "sam");
      expect(stdout).toMatch(/^## Warnings\n\n- resume .*restart delay of 500 ms/m);
    });
  });

  async function runAlone(): Promise<void> {
    const inner = ["--network", "inner", "--ip", "10.9.0.7", "--network-alias", "sam"];
    await swarm.docker(["run", "--detach", "--name", "alone", ...inner, IMAGE, "sleep", "100000"]);
    await swarm.docker(["network", "connect", "--alias", "other", "second", "alone"]);
  }

  /** What somebody chose of how the container is on its networks. */
  async function attachments(): Promise<unknown> {
    const text = await swarm.docker(["inspect", "--format", "{{json .NetworkSettings.Networks}}", "alone"]);
    const networks = JSON.parse(text) as Record<string, { IPAMConfig: unknown; Aliases: unknown }>;
    return Object.fromEntries(
      Object.entries(networks).map(([name, { IPAMConfig, Aliases }]) => [name, { IPAMConfig, Aliases }]),
    );
  }

  /** Of all containers of the service that are not over. */
  async function networksOf(service: string): Promise<readonly string[]> {
    const filter = `label=com.docker.swarm.service.name=${service}`;
    const told = await swarm.docker(["ps", "--filter", filter, "--format", "{{.Networks}}"]);
    return told.split("\n").filter(Boolean);
  }
});

function held(service: string, how: string): object {
  return { kind: "docker", connection: "swarm", services: [service], how };
}

/** Fails when anything that was held still ran again; what is only off its networks may run. */
async function lockDown(world: LockdownWorld, { runs = false } = {}): Promise<void> {
  const { service } = world.consumer;
  let after = NaN;
  const locked = await world.start(START, (line) => {
    if (line.includes('"contained"')) after = service.allowing();
  }).finished;
  expect(toldBy(locked).at(-1), locked.stdout).toMatchObject({ outcome: "complete", missing: [] });
  if (!runs) expect(service.allowing(), locked.stdout).toBe(after);
}

async function comesBack({ consumer: { service } }: LockdownWorld): Promise<void> {
  const before = service.allowing();
  await expect.poll(() => service.allowing(), { timeout: 30_000, interval: 100 }).toBeGreaterThan(before + 5);
}
