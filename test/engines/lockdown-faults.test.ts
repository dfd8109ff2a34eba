/** `lockdown start` on a bad day of its own: containing completes whatever fails, and the same command does the rest. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, type TestContext } from "vitest";
import { smallDisk } from "../small-disk.ts";
import { toldBy, type Finished } from "../e2e/world/start-keyturn.ts";
import { SECRET } from "../e2e/world/world.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { startFlawedEngine } from "./lockdown/flawed-engine.ts";
import { configure, withLockdown, type LockdownOrder, type LockdownWorld } from "./lockdown/start-world.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker", probeDocker);
const START = ["lockdown", "start", "sam", "--reason", "a token was seen in public", "--json"];
const WITHIN = { timeout: 180_000 };

describeEngine(engine, "a lockdown while something else is broken", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  const inWorld = (order: LockdownOrder, body: (world: LockdownWorld) => Promise<void>): Promise<void> =>
    withLockdown(swarm, { replicas: 2, ...order }, async (world) => {
      const first = await world.keyturn("rotate", "--now", SECRET, "--json");
      expect(first.code, first.stderr).toBe(0);
      await body(world);
    });

  it("comes back under denial while Entra answers nothing but 503; later the secret is rotated", WITHIN, () =>
    inWorld({ name: "no-entra" }, async (world) => {
      world.onRequest(() => ({ kind: "status", status: 503 }));
      const { code, told } = await lockDown(world);
      expect({ code, phases: phasesOf(told) }).toEqual({ code: 1, phases: ["rotate"] });
      expect(world.consumer.service.denying()).toBeGreaterThan(0);
      world.onRequest(() => null);
      expect(await lockDown(world)).toMatchObject({ code: 0, told: { outcome: "complete" } });
      expect(world.entra.credentialsOf(world.appId)).toHaveLength(2);
    }),
  );

  it(
    "says with exit code 3 that a container could not be paused, and does everything else",
    WITHIN,
    async () => {
      const flawed = await startFlawedEngine(swarm);
      const connections = { swarm: { kind: "docker", host: flawed.host } };
      try {
        await inWorld({ name: "loose" }, async (world) => {
          configure(world, { name: "loose", connections });
          const [id = ""] = (await swarm.docker(["ps", "-q", "--no-trunc", "--filter", "name=loose."])).split(
            "\n",
          );
          flawed.refuses = (line) => line.startsWith("POST") && line.includes(`${id}/pause`);
          const ended = await world.start(START).finished;
          expect({ code: ended.code, phases: phasesOf(lockdownOf(ended)) }).toEqual({
            code: 3,
            phases: ["contain"],
          });
          const after = world.consumer.service.allowing();
          expect(world.consumer.service.denying()).toBeGreaterThan(0);
          expect(world.entra.credentialsOf(world.appId)).toHaveLength(2);
          expect(world.consumer.service.allowing()).toBe(after);
        });
      } finally {
        await flawed.close();
      }
    },
  );

  it(
    "tells that evidence had no room and that nobody could be mailed; nothing waits for either",
    WITHIN,
    (context) =>
      inWorld({ name: "no-room" }, async (world) => {
        const disk = smallDisk(1, skipIn(context));
        disk.fill();
        configure(world, {
          name: "no-room",
          scope: () => ({ preserve: { dir: join(disk.dir, "evidence") }, notify: ["ops"] }),
          main: () => ({
            notify: { ops: { kind: "smtp", host: "127.0.0.1", port: 9, from: "a@x", to: ["b@x"] } },
          }),
        });
        const { code, told } = await lockDown(world);
        expect({ code, phases: phasesOf(told) }).toEqual({ code: 1, phases: ["notify", "preserve"] });
        expect(world.entra.credentialsOf(world.appId)).toHaveLength(2);
      }),
  );

  it(
    "keeps everything still, and nothing else, when evidence is required and cannot be had",
    WITHIN,
    (context) =>
      inWorld({ name: "required" }, async (world) => {
        const disk = smallDisk(1, skipIn(context));
        disk.fill();
        configure(world, {
          name: "required",
          scope: () => ({ preserve: { dir: join(disk.dir, "e"), required: true } }),
        });
        const { code, told } = await lockDown(world);
        expect({ code, phases: phasesOf(told) }).toEqual({ code: 1, phases: ["preserve"] });
        expect(await world.consumer.service.states()).toEqual(["paused", "paused"]);
        disk.free();
        expect(await lockDown(world)).toMatchObject({ code: 0, told: { outcome: "complete" } });
      }),
  );

  it("ends a worker that holds the lease and does not go on, and needs no audit log", WITHIN, () =>
    inWorld({ name: "stalled" }, async (world) => {
      const audit = join(world.stateDir, "audit");
      rmSync(audit, { recursive: true });
      writeFileSync(audit, "not a folder");
      let stalled = false;
      world.onRequest(() => {
        stalled = true;
        return { kind: "hang", applied: false };
      });
      const worker = world.start(["recover", "--json"]);
      const rotating = world.start(["rotate", "--now", SECRET, "--revoke-now", "--wait", "--json"]);
      await expect.poll(() => stalled, { timeout: 30_000, interval: 50 }).toBe(true);
      rotating.kill("SIGSTOP");
      world.onRequest(() => null);
      const { code, told } = await lockDown(world);
      expect({ code, told }).toMatchObject({ code: 0, told: { outcome: "complete" } });
      expect((await rotating.finished).code).toBeNull();
      await worker.finished;
    }),
  );

  it("has room to write on a disk that is full", WITHIN, (context) =>
    withLockdown(swarm, { name: "full", replicas: 1 }, async (world) => {
      const disk = smallDisk(64, skipIn(context));
      mkdirSync(join(disk.dir, "state"), { mode: 0o700 });
      const state = { dir: join(disk.dir, "state"), sealKeyFile: join(world.folder, "seal.key") };
      configure(world, { name: "full", state, scope: () => ({ preserve: undefined }) });
      const first = await world.keyturn("rotate", "--now", SECRET, "--json");
      expect(first.code, first.stderr).toBe(0);
      disk.fill();
      expect((await world.keyturn("rotate", "--now", SECRET, "--revoke-now", "--json")).code).not.toBe(0);
      expect(await lockDown(world)).toMatchObject({ code: 0, told: { outcome: "complete" } });
    }),
  );

  it("holds everything still without a journal, and goes on when there is one", WITHIN, () =>
    inWorld({ name: "no-journal" }, async (world) => {
      const state = { dir: join(world.folder, "file/state"), sealKeyFile: join(world.folder, "seal.key") };
      writeFileSync(join(world.folder, "file"), "");
      configure(world, { name: "no-journal", state });
      const { code, told } = await lockDown(world);
      expect({ code, phases: phasesOf(told) }).toEqual({ code: 1, phases: ["rotate"] });
      expect(await world.consumer.service.states()).toEqual(["paused", "paused"]);
      configure(world, { name: "no-journal" });
      expect(await lockDown(world)).toMatchObject({ code: 0, told: { outcome: "complete" } });
    }),
  );

  it(
    "holds still and denies although a schedule cannot be read; secrets are rotated once it can",
    WITHIN,
    () =>
      inWorld({ name: "no-schedule" }, async (world) => {
        writeFileSync(join(world.folder, "schedules/broken.yaml"), "secrets: [");
        const broken = await lockDown(world);
        expect(broken.code).toBe(1);
        expect(world.consumer.service.denying()).toBeGreaterThan(0);
        rmSync(join(world.folder, "schedules/broken.yaml"));
        expect(await lockDown(world)).toMatchObject({ code: 0, told: { outcome: "complete" } });
        const status = JSON.parse((await world.keyturn("status", "--json")).stdout) as object;
        expect(status).toMatchObject({ secrets: [{ version: 2, health: "locked", previous: null }] });
      }),
  );

  it("stops a service through the manager where an engine cannot be asked", WITHIN, async () => {
    const flawed = await startFlawedEngine(swarm);
    try {
      await inWorld({ name: "far" }, async (world) => {
        configure(world, { name: "far", connections: { swarm: { kind: "docker", host: flawed.host } } });
        // The tasks run on a node whose engine shows none of them.
        flawed.refuses = (line) => line.startsWith("GET /containers/json");
        const ended = await world.start(START).finished;
        expect(toldBy(ended).at(-1), ended.stderr).toMatchObject({ outcome: "complete" });
        expect(world.consumer.service.denying()).toBeGreaterThan(0);
      });
    } finally {
      await flawed.close();
    }
  });
});

/** Fails when anything that was held still ran again. */
async function lockDown(world: LockdownWorld): Promise<{ code: number | null; told: unknown }> {
  const { service } = world.consumer;
  let after = NaN;
  const locked = await world.start(START, (line) => {
    if (line.includes('"contained"')) after = service.allowing();
  }).finished;
  expect(after, locked.stderr).toBeGreaterThan(0);
  expect(service.allowing(), locked.stdout).toBe(after);
  return { code: locked.code, told: lockdownOf(locked) };
}

function lockdownOf(finished: Finished): unknown {
  return toldBy(finished).find(({ type }) => type === "lockdown") ?? finished.stderr;
}

function phasesOf(told: unknown): readonly string[] {
  const { missing } = told as { readonly missing: readonly { readonly phase: string }[] };
  return [...new Set(missing.map(({ phase }) => phase))].toSorted();
}

function skipIn(context: TestContext): (why: string) => never {
  return (why) => context.skip(why);
}
