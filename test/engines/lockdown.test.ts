/** `lockdown` on a real swarm: what is contained never runs its code again, and comes back refusing everything. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SECRET } from "../e2e/world/world.ts";
import { findLeaks } from "../e2e/world/find-leaks.ts";
import { toldBy, type Finished } from "../e2e/world/start-keyturn.ts";
import { faketimeLibrary } from "../e2e/world/world-clock.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { withoutSecrets } from "./lockdown/without-secrets.ts";
import { withLockdown, type LockdownWorld } from "./lockdown/start-world.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker and libfaketime", async () => {
  await probeDocker();
  faketimeLibrary();
});
const START = ["lockdown", "start", "sam", "--reason", "a token was seen in public", "--json"];
const LIFT = ["lockdown", "lift", "sam", "--confirm", "sam", "--reason", "all is well", "--json"];
const WITHIN = { timeout: 120_000 };

describeEngine(engine, "a lockdown of a service on a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  it(
    "contains, rotates, comes back under denial; nothing of the old code runs again; lift undoes it",
    WITHIN,
    () =>
      withLockdown(swarm, { name: "ticking" }, async (world) => {
        const { service } = world.consumer;
        await rotateOnce(world);
        const before = await service.spec();
        const old = world.entra.credentialsOf(world.appId).map(({ keyId }) => keyId);
        expect(await lockDown(world)).toMatchObject({ code: 0, told: { outcome: "complete", missing: [] } });
        expect(service.denying()).toBeGreaterThan(0);
        const left = world.entra.credentialsOf(world.appId).map(({ keyId }) => keyId);
        expect(left).toHaveLength(2);
        expect(left.filter((keyId) => old.includes(keyId))).toHaveLength(1);

        await checkEvidence(world);

        const refused = await world.keyturn("rotate", "--now", SECRET, "--json");
        expect({ code: refused.code, error: toldBy(refused).at(-1)?.error?.code }).toEqual({
          code: 4,
          error: "locked-down",
        });
        expect(JSON.parse((await world.keyturn("status", "--json")).stdout)).toMatchObject({
          secrets: [{ name: SECRET, health: "locked", version: 2, previous: null }],
        });
        expect(JSON.parse((await world.keyturn("lockdown", "status", "--json")).stdout)).toMatchObject({
          lockdowns: [{ scope: "sam", state: "complete", missing: [], secrets: [SECRET] }],
        });

        await swarm.docker(["service", "update", "--detach", "--update-parallelism", "7", service.name]);
        const foreign = await world.keyturn(...LIFT);
        expect(foreign.code).toBe(1);
        expect(toldBy(foreign)[0]).toMatchObject({
          outcome: "incomplete",
          missing: [{ error: { code: "lift-refused" } }],
        });
        await swarm.docker(["service", "update", "--detach", "--update-parallelism", "0", service.name]);
        const lifted = await world.keyturn(...LIFT);
        expect(toldBy(lifted)[0], lifted.stderr).toMatchObject({ outcome: "lifted", missing: [] });
        expect(withoutSecrets(await service.spec())).toEqual(withoutSecrets(before));
        await checkReport(world);
        const again = await world.keyturn(...LIFT);
        expect({ code: again.code, told: toldBy(again)[0] }).toMatchObject({
          code: 0,
          told: { outcome: "not-locked" },
        });
        expect(withoutSecrets(await service.spec())).toEqual(withoutSecrets(before));
      }),
  );
});

async function rotateOnce(world: LockdownWorld): Promise<void> {
  const first = await world.keyturn("rotate", "--now", SECRET, "--json");
  expect(first.code, first.stderr).toBe(0);
}

/** Fails when anything that was contained ran again. */
async function lockDown(world: LockdownWorld): Promise<{ code: number | null; told: unknown }> {
  const { service } = world.consumer;
  let after = NaN;
  const locked = await world.start(START, (line) => {
    if (line.includes('"contained"')) after = service.allowing();
  }).finished;
  expect(after).toBeGreaterThan(0);
  expect(service.allowing()).toBe(after);
  return { code: locked.code, told: lockdownOf(locked) };
}

/** It is whole; a change of one byte, and a file more, are seen. */
async function checkEvidence(world: LockdownWorld): Promise<void> {
  const parent = join(world.folder, "evidence");
  const dir = join(parent, readdirSync(parent)[0] ?? "");
  const verify = async (): Promise<unknown> => {
    const { code, stdout } = await world.keyturn("lockdown", "evidence", "verify", dir, "--json");
    return { code, ...(JSON.parse(stdout) as object) };
  };
  expect(await verify()).toMatchObject({ code: 0, scope: "sam", missing: [], faults: [], inJournal: true });
  const files = readdirSync(dir);
  for (const kind of [
    "inspect",
    "processes",
    "network",
    "changed-files",
    "logs",
    "image",
    "journal",
    "service",
  ])
    expect(files.filter((name) => name.includes(kind))).not.toEqual([]);
  for (const name of files) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  const inspected = join(dir, files.find((name) => name.includes("inspect")) ?? "");
  const before = readFileSync(inspected);
  writeFileSync(inspected, Buffer.concat([before, Buffer.from(" ")]));
  writeFileSync(join(dir, "added"), "");
  expect(await verify()).toMatchObject({
    code: 1,
    faults: [expect.stringContaining("was changed"), "added was added"],
  });
  writeFileSync(inspected, before);
  rmSync(join(dir, "added"));
  expect(await verify()).toMatchObject({ code: 0 });
}

async function checkReport(world: LockdownWorld): Promise<void> {
  const told = JSON.parse((await world.keyturn("lockdown", "report", "sam", "--json")).stdout) as {
    readonly timeline: readonly { readonly what: string }[];
    readonly credentials: readonly { readonly revokedAt: string | null }[];
  };
  expect(told).toMatchObject({
    scope: "sam",
    state: "lifted",
    notDone: [],
    credentials: [{ secret: SECRET, from: 1, to: 2 }],
  });
  expect(told.credentials[0]?.revokedAt).not.toBeNull();
  const phases = new Set(told.timeline.map(({ what }) => what.split(" ")[0]));
  expect([...phases]).toEqual(["contain", "preserve", "rotate", "resume", "lift"]);
  const { stdout } = await world.keyturn("lockdown", "report", "sam");
  expect(stdout).toMatch(/^# Lockdown of sam\n/);
  expect(stdout).toContain("a token was seen in public");
  expect(findLeaks(world)).toEqual([]);
}

function lockdownOf(finished: Finished): unknown {
  return toldBy(finished).find(({ type }) => type === "lockdown") ?? finished.stderr;
}
