/** What becomes of a renewal that comes half, at the wrong time, or is cut by a kill; on a real server. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeEngine, requireEngine } from "./require-engine.ts";
import { SECRET, startDeployment, type Deployment } from "./tls/deployment.ts";
import { startLoad } from "./tls/handshakes.ts";
import { serverKinds } from "./tls/server.ts";
import { commandEnvironment, startKeyturn } from "../e2e/world/start-keyturn.ts";
import { findCanary, findCanaryBelow } from "../canary.ts";
import { testAuthority } from "../pki/authority.ts";
import { faketimeLibrary, WorldClock } from "../e2e/world/world-clock.ts";
import type { Section } from "../e2e/world/write-config.ts";
import { HOUR_MS } from "../../src/domain/time.ts";

const server = serverKinds.at(-1)!;

async function deployed(policy: Section = {}): Promise<Deployment> {
  const world = await startDeployment(server, { policy, probe: { within: "5s" } });
  expect(await world.rotate({ now: true, outsideWindow: true })).toMatchObject({
    outcome: "rotated",
    version: 1,
  });
  return world;
}

/** A window that opens in eleven hours, at the full hour. */
function windowLater(): Section {
  const at = (hours: number): string =>
    `${String((new Date().getUTCHours() + hours) % 24).padStart(2, "0")}:00`;
  return { window: { from: at(11), to: at(14) } };
}

const faketime = await requireEngine("libfaketime", () => void faketimeLibrary());

describe("a renewal", () => {
  it("that is half-written waits until it is whole", async () => {
    const world = await deployed();
    const before = await world.served();
    const next = testAuthority().issue({ names: ["localhost", "127.0.0.1"], days: 40 });
    world.renewed.put({ fullchain: next.fullchain, certificate: next.certificate });
    expect(await world.rotate()).toBeNull();
    expect(await world.served()).toBe(before);
    const whole = world.renew(50);
    expect(await world.rotate()).toMatchObject({ outcome: "rotated", version: 2 });
    expect(await world.served()).toBe(whole.fingerprint);
  });

  it("that is worse never gets near the server, and is told", async () => {
    const world = await deployed();
    const before = await world.served();
    world.renew(2);
    expect(await world.rotate()).toMatchObject({
      outcome: "rolled-back",
      version: 1,
      error: { code: "certificate-refused", message: expect.stringContaining("expires at") },
    });
    world.renewed.put(testAuthority("Staging").issue({ names: ["localhost", "127.0.0.1"] }));
    expect(await world.rotate({ now: true })).toMatchObject({ error: { code: "certificate-refused" } });
    expect(await world.served()).toBe(before);
  });

  it("that is due and does not come is asked for", async () => {
    const world = await deployed({ renewBefore: "99%" });
    expect(await world.rotate()).toMatchObject({
      outcome: "refused",
      error: { code: "renewal-missing" },
    });
  });

  it("that the process ignores is taken back, and the old one is proven", async () => {
    const world = await deployed();
    const before = await world.served();
    server.breakConfig(world.folder);
    world.renew(40);
    expect(await world.rotate()).toMatchObject({
      outcome: "rolled-back",
      error: { code: "probe-failed", message: expect.stringContaining("another certificate") },
    });
    expect(await world.served()).toBe(before);
  });

  it.each(["create", "verify", "deliver", "activate", "confirm"])(
    "cut by kill -9 at %s is finished or undone, with a pair served all the while",
    async (step) => {
      const world = await deployed();
      const load = startLoad(world.server.port, world.root);
      const next = world.renew(40);
      const env = commandEnvironment(world.folder);
      const kill = (line: string): void => {
        if (line.includes(`"name":"${step}"`)) running.kill("SIGKILL");
      };
      const args = ["rotate", "--config", world.configFile, "--json"];
      const running = startKeyturn(args, { env, onLine: kill });
      expect((await running.finished).code).toBeNull();
      await world.rotate();
      expect(await world.served()).toBe(next.fingerprint);
      expect(await world.rotate()).toBeNull();
      await load.stop();
      expect(load.failures).toEqual([]);
    },
  );
});

it("a rollback leads back to the certificate before, and holds although the new one lies there still", async () => {
  const world = await deployed({ overlap: "1h" });
  const before = await world.served();
  const next = world.renew(40);
  expect(await world.rotate()).toMatchObject({ outcome: "rotated", version: 2 });
  const env = commandEnvironment(world.folder);
  const keyturn = (...args: readonly string[]) =>
    startKeyturn([...args, "--config", world.configFile], { env }).finished;
  expect((await keyturn("rollback", SECRET)).code).toBe(0);
  expect(await world.served()).toBe(before);
  expect(await world.rotate()).toBeNull();
  expect(await world.rotate({ now: true })).toMatchObject({ outcome: "rotated", version: 3 });
  expect(await world.served()).toBe(next.fingerprint);
});

it("the daemon brings what was renewed while it was down, and its key stands nowhere in the clear", async () => {
  const world = await deployed();
  const next = world.renew(40);
  const env = commandEnvironment(world.folder);
  const pivoted = Promise.withResolvers<null>();
  const daemon = startKeyturn(["daemon", "--config", world.configFile, "--log", "debug"], {
    env,
    onLine: (line) => {
      if (line.includes('"pivoted"')) pivoted.resolve(null);
    },
  });
  await Promise.race([
    pivoted.promise,
    daemon.finished.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  expect(await world.served()).toBe(next.fingerprint);
  daemon.kill("SIGTERM");
  const { code, stdout, stderr } = await daemon.finished;
  expect(code).toBe(0);
  const canary = next.key.split("\n")[1] ?? "";
  expect(findCanary(Buffer.from(stdout + stderr), canary)).toEqual([]);
  expect(findCanaryBelow(join(world.folder, "state"), canary)).toEqual([]);
});

describeEngine(faketime, "with a window", () => {
  it("a renewal outside of it is checked and kept at once, and served when it opens", async () => {
    const world = await deployed(windowLater());
    const before = await world.served();
    const next = world.renew(40);
    expect(await world.rotate()).toMatchObject({ outcome: "parked", version: 1 });
    expect(await world.rotate()).toBeNull();
    expect(await world.served()).toBe(before);
    const clock = new WorldClock();
    clock.advance(12 * HOUR_MS);
    const env = { ...commandEnvironment(world.folder), ...clock.environment };
    const args = ["rotate", "--config", world.configFile];
    expect((await startKeyturn(args, { env }).finished).code).toBe(0);
    expect(await world.served()).toBe(next.fingerprint);
  });
});
