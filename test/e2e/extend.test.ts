/** A target that is added to a secret, through the command line: the current version comes to it, and nothing is made. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startDockerConsumer, type DockerConsumer } from "./world/docker-consumer.ts";
import { startQuietFileWorld, startQuietWorld } from "./world/quiet-world.ts";
import { toldBy } from "./world/start-keyturn.ts";
import type { Section } from "./world/write-config.ts";
import { SECRET, type ConsumerSide, type World } from "./world/world.ts";

const LATE = "late";
const LATE_TARGET: Section = {
  kind: "docker-secret",
  connection: "swarm",
  name: "late_secret",
  services: [LATE],
  converge: "5s",
};

function addTarget<C extends ConsumerSide>(world: World<C>, target: Section): void {
  const targets = [...world.consumer.targets, target];
  world.configure((parts) => ({
    ...parts,
    secrets: { [SECRET]: { ...parts.secrets[SECRET], targets } },
  }));
}

/** The operations that the tenant is asked for from now on. */
function asked<C extends ConsumerSide>(world: World<C>): readonly string[] {
  const operations: string[] = [];
  world.onRequest((operation) => {
    operations.push(operation);
    return null;
  });
  return operations;
}

/** What each running task of the late service reads, by the copy's name. */
function heldByLate({ consumer: { engine } }: World<DockerConsumer>): readonly (readonly [string, string])[] {
  const service = engine.swarm.services.find(({ spec }) => spec.Name === LATE);
  return engine.swarm.tasks
    .filter((task) => task.service === service?.id && task.state === "running")
    .flatMap(({ template }) =>
      (template.ContainerSpec.Secrets ?? []).map(
        ({ SecretName, SecretID }) => [SecretName, engine.swarm.contentOf(SecretID) ?? ""] as const,
      ),
    );
}

async function withLateService(): Promise<World<DockerConsumer>> {
  const world = await startQuietWorld({ consumer: startDockerConsumer });
  expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  world.consumer.engine.swarm.createService({
    Name: LATE,
    TaskTemplate: { ContainerSpec: { Image: "late:1" } },
    Mode: { Replicated: { Replicas: 2 } },
    UpdateConfig: { Monitor: 200_000_000, FailureAction: "pause" },
  });
  addTarget(world, LATE_TARGET);
  return world;
}

it("plan says `target added`, and rotate delivers the current version without asking for a credential", async () => {
  const world = await withLateService();
  const credentials = world.entra.credentialsOf(world.appId).map(({ keyId }) => keyId);
  const sam = world.consumer.engine.swarm.services[0];
  const before = { restarts: sam?.restarts, index: sam?.index };
  const operations = asked(world);

  expect((await world.keyturn("plan")).stdout).toMatch(/v1 stays \(target added\)/);
  const planned = await world.keyturn("plan", "--json");
  expect(JSON.parse(planned.stdout)).toMatchObject({
    runs: [
      {
        secrets: [{ name: SECRET, reason: "target-added", fromVersion: 1, toVersion: 1, overlapMs: null }],
        consumers: [{ id: `docker-service:swarm/${LATE}`, restarts: 2 }],
      },
    ],
  });
  expect(toldBy(await world.keyturn("rotate", "--json")).at(-1)).toMatchObject({
    outcome: "delivered",
    version: 1,
  });

  expect(operations.filter((operation) => operation === "add" || operation === "remove")).toEqual([]);
  expect(operations).toContain("token");
  expect(world.entra.credentialsOf(world.appId).map(({ keyId }) => keyId)).toEqual(credentials);
  expect({ restarts: sam?.restarts, index: sam?.index }).toEqual(before);
  const [copy] = world.consumer.engine.swarm.secrets.filter(({ name }) => name === "azure_secret_v1");
  expect(heldByLate(world)).toEqual(Array(2).fill(["late_secret_v1", copy?.content]));
  expect((await world.keyturn("plan")).stdout).toMatch(/Nothing would be rotated/);
});

it("later rotations and a rollback reach the new target too", async () => {
  const world = await withLateService();
  expect((await world.keyturn("rotate")).stdout).toMatch(/^delivered azure_secret v1/m);
  expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  expect(heldByLate(world).map(([name]) => name)).toEqual(["late_secret_v2", "late_secret_v2"]);
  expect((await world.keyturn("rollback", SECRET)).code).toBe(0);
  expect(heldByLate(world).map(([name]) => name)).toEqual(["late_secret_v1", "late_secret_v1"]);
  expect(world.consumer.heldVersions()).toEqual([1, 1]);
  expect(world.consumer.signIns().failed).toBe(0);
});

it("a rollback brings the previous version to a target that was added in its overlap, from sealed material", async () => {
  const world = await startQuietWorld({ consumer: startDockerConsumer });
  for (const _ of [1, 2]) expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  world.consumer.engine.swarm.createService({
    Name: LATE,
    TaskTemplate: { ContainerSpec: { Image: "late:1" } },
    Mode: { Replicated: { Replicas: 2 } },
    UpdateConfig: { Monitor: 200_000_000, FailureAction: "pause" },
  });
  addTarget(world, LATE_TARGET);
  expect((await world.keyturn("rotate")).stdout).toMatch(/^delivered azure_secret v2/m);
  expect((await world.keyturn("rollback", SECRET)).code).toBe(0);
  expect(heldByLate(world).map(([name]) => name)).toEqual(["late_secret_v1", "late_secret_v1"]);
  expect(world.consumer.heldVersions()).toEqual([1, 1]);
});

it("where the new consumer fails, it alone goes back, and the credential lives on", async () => {
  const world = await withLateService();
  const { swarm } = world.consumer.engine;
  swarm.survives = (template) =>
    !(template.ContainerSpec.Secrets ?? []).some(({ SecretName }) => SecretName === "late_secret_v1");
  const operations = asked(world);
  const failed = await world.keyturn("rotate", "--json");
  expect([failed.code, toldBy(failed).at(-1)?.outcome]).toEqual([1, "rolled-back"]);
  expect(operations).not.toContain("remove");
  expect(heldByLate(world)).toEqual([]);
  expect(swarm.secrets.map(({ name }) => name)).not.toContain("late_secret_v1");
  expect(world.consumer.heldVersions()).toEqual([1, 1]);
  expect((await world.keyturn("rotate")).stdout).toMatch(/not due until/);
  expect(world.consumer.signIns().failed).toBe(0);
});

it.each(["deliver", "activate", "confirm"])(
  "killed at %s, it is finished by the next recover",
  async (step) => {
    const world = await startQuietFileWorld();
    expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
    const path = join(world.folder, "secrets", "copy.txt");
    writeFileSync(path, "made by hand", { mode: 0o600 });
    addTarget(world, { kind: "file", path });
    const operations = asked(world);
    const running = world.start(["rotate", "--json"], (line) => {
      if (line.includes(`"name":"${step}"`)) running.kill("SIGKILL");
    });
    expect((await running.finished).code).toBeNull();
    expect((await world.keyturn("recover")).code).toBe(0);
    const [held = ""] = world.consumer.targets.flatMap(({ path: stable }) => String(stable));
    expect(existsSync(path) && readFileSync(path, "utf8")).toBe(readFileSync(held, "utf8"));
    expect(operations).not.toContain("add");
    expect(operations).not.toContain("remove");
    expect(world.consumer.signIns().failed).toBe(0);
  },
);
