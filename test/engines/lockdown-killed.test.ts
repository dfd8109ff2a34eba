/** `lockdown start`, killed after each thing that it tells: the same command again does the rest, and nothing is lost. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { toldBy } from "../e2e/world/start-keyturn.ts";
import { SECRET } from "../e2e/world/world.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { withoutSecrets } from "./lockdown/without-secrets.ts";
import { withLockdown, type LockdownWorld } from "./lockdown/start-world.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker", probeDocker);
const START = ["lockdown", "start", "sam", "--reason", "a token was seen in public", "--json"];
const LIFT = ["lockdown", "lift", "sam", "--confirm", "sam", "--reason", "all is well", "--json"];

describeEngine(engine, "a lockdown that is killed on a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  it("is finished by the same command, wherever it was killed", { timeout: 600_000 }, () =>
    withLockdown(
      swarm,
      { name: "killed", replicas: 1, more: ["--stop-grace-period", "1s"] },
      async (world) => {
        const { service } = world.consumer;
        const first = await world.keyturn("rotate", "--now", SECRET, "--json");
        expect(first.code, first.stderr).toBe(0);
        const before = withoutSecrets(await service.spec());
        for (let line = 1; ; line += 1) {
          const { told, held } = await killAtLine(world, line);
          const again = await world.keyturn(...START);
          const ended = toldBy(again).at(-1);
          expect(ended, `killed at line ${line}: ${told}\n${again.stderr}`).toMatchObject({
            outcome: "complete",
            missing: [],
          });
          expect(service.allowing(), `killed at line ${line}: ${told}`).toBe(held);
          expect(live(world), `killed at line ${line}: ${told}`).toHaveLength(2);
          const lifted = await world.keyturn(...LIFT);
          expect(toldBy(lifted).at(-1), lifted.stderr).toMatchObject({ outcome: "lifted" });
          expect(withoutSecrets(await service.spec())).toEqual(before);
          await comesBack(world);
          if (told === null) break;
        }
      },
    ),
  );
});

/** The hand-made one is nobody's but a person's. */
function live(world: LockdownWorld): readonly unknown[] {
  return world.entra.credentialsOf(world.appId);
}

/** What the line said, or null when there were fewer; and how often the old code had run when all was held still. */
async function killAtLine(
  world: LockdownWorld,
  line: number,
): Promise<{ readonly told: string | null; readonly held: number }> {
  let told: string | null = null;
  let seen = 0;
  let held = NaN;
  const running = world.start(START, (text) => {
    seen += 1;
    if (seen === 1) held = world.consumer.service.allowing();
    if (seen !== line) return;
    told = text;
    running.kill("SIGKILL");
  });
  const { code } = await running.finished;
  return { told: code === null ? told : null, held };
}

async function comesBack({ consumer: { service } }: LockdownWorld): Promise<void> {
  const before = service.allowing();
  await expect.poll(() => service.allowing(), { timeout: 30_000, interval: 100 }).toBeGreaterThan(before + 5);
}
