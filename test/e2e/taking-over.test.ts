/**
 * A system that grew by hand: an unversioned Docker secret and a stray with a version's name, an application with the
 * secret in use and three forgotten ones. It is taken over without an outage, and comes to exactly what `plan` said.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../../src/domain/time.ts";
import { startDockerConsumer, type DockerConsumer } from "./world/docker-consumer.ts";
import { findLeaks } from "./world/find-leaks.ts";
import { startQuietWorld } from "./world/quiet-world.ts";
import { startFileConsumer } from "./world/file-consumer.ts";
import { faketimeLibrary } from "./world/world-clock.ts";
import { SECRET, type World } from "./world/world.ts";
import type { ConfigParts, Section } from "./world/write-config.ts";
import { planned, shown, toldAll } from "./world/what-is-planned.ts";

interface Grown {
  readonly world: World<DockerConsumer>;
  /** Key ids at the application. */
  readonly inUse: string;
  readonly forgotten: readonly [string, string, string];
}

async function grown(): Promise<Grown> {
  const world = await startQuietWorld({ consumer: startDockerConsumer, overlap: "1h" });
  const { app, entra, consumer } = world;
  const [inUse] = entra.credentialsOf(app.appId);
  const forgotten = [
    app.addSecret("2023 test", { ageMs: 900 * DAY_MS, lastsMs: 30 * DAY_MS }),
    app.addSecret(null, { ageMs: 400 * DAY_MS, lastsMs: 20 * DAY_MS }),
    app.addSecret("left\nby nobody", { ageMs: 800 * DAY_MS, lastsMs: -70 * DAY_MS }),
  ] as const;
  for (const { secretText } of forgotten) world.canaries.add(secretText);
  consumer.engine.swarm.createSecret("azure_secret_v2", {}, "a stray");
  const [first, second, third] = forgotten.map(({ keyId }) => keyId) as [string, string, string];
  return { world, inUse: inUse?.keyId ?? "", forgotten: [first, second, third] };
}

function withIssuer(change: Section): (parts: ConfigParts) => ConfigParts {
  return (parts) => {
    const secret = parts.secrets[SECRET] ?? {};
    const issuer = { ...(secret["issuer"] as Section), ...change };
    return { ...parts, secrets: { ...parts.secrets, [SECRET]: { ...secret, issuer } } };
  };
}

function keysOf({ entra, appId }: World): readonly string[] {
  return entra.credentialsOf(appId).map(({ keyId }) => keyId);
}

function dockerSecrets({ consumer }: World<DockerConsumer>): Readonly<Record<string, string>> {
  const { secrets } = consumer.engine.swarm;
  return Object.fromEntries(secrets.map(({ name, id }) => [name, id]));
}

beforeEach((context) => {
  try {
    faketimeLibrary();
  } catch (missing) {
    context.skip((missing as Error).message);
  }
});

it("is taken over without an outage, and after the first overlap is exactly what plan said", async () => {
  const { world, inUse, forgotten } = await grown();
  const [adoptedToo, ...foreign] = forgotten;
  const before = dockerSecrets(world);
  world.configure(withIssuer({ adopt: [inUse, adoptedToo] }));

  const plan = await planned(world);
  expect(plan.adopted).toMatchObject([
    { name: SECRET, credentials: [{ id: inUse }, { id: adoptedToo, label: "2023 test" }], refused: [] },
  ]);
  expect(plan.runs).toMatchObject([
    {
      secrets: [
        { reason: "age", fromVersion: 0, toVersion: 3, standsFor: 2, overlapMs: HOUR_MS, foreign: 2 },
      ],
      consumers: [{ id: "docker-service:swarm/sam-enterprise", restarts: 2 }],
    },
  ]);
  expect(keysOf(world)).toHaveLength(4);

  const told = toldAll(await world.keyturn("rotate", "--json"));
  expect(told.filter(({ type }) => type === "adopted")).toMatchObject([
    { secret: SECRET, version: 0, verified: "not-readable", credentials: plan.adopted[0]?.credentials },
  ]);
  expect(told.at(-1)).toMatchObject({ type: "run-ended", outcome: "rotated", version: 3 });
  expect(await shown(world)).toMatchObject({
    version: 3,
    previous: { version: 0 },
    foreign: 2,
    foreignCredentials: plan.runs[0]?.secrets[0]?.foreignCredentials,
    adoptedCredentials: plan.adopted[0]?.credentials,
  });
  expect(keysOf(world)).toHaveLength(5);

  world.advance(HOUR_MS + 60_000);
  expect((await planned(world)).retired).toMatchObject([{ name: SECRET, version: 0 }]);
  expect(toldAll(await world.keyturn("rotate", "--json"))).toContainEqual({
    type: "retired",
    secret: SECRET,
    version: 0,
  });
  const { runs } = plan;
  expect(await shown(world)).toMatchObject({
    version: runs[0]?.secrets[0]?.toVersion,
    previous: null,
    foreignCredentials: runs[0]?.secrets[0]?.foreignCredentials,
    adoptedCredentials: [],
  });
  const gone = plan.adopted.flatMap(({ credentials }) => credentials.map(({ id }) => id));
  expect(gone.filter((id) => keysOf(world).includes(id))).toEqual([]);
  expect(keysOf(world).filter((id) => foreign.includes(id))).toEqual(foreign);
  expect(keysOf(world)).toHaveLength(3);
  const after = dockerSecrets(world);
  expect(after).toMatchObject(before);
  expect(Object.keys(after).toSorted()).toEqual(["azure_secret", "azure_secret_v2", "azure_secret_v3"]);
  expect(world.consumer.heldVersions()).toEqual([3, 3]);
  expect(toldAll(await world.keyturn("rotate", "--json"))).toMatchObject([{ type: "not-due" }]);
  expect(world.consumer.signIns().tried).toBeGreaterThan(4);
  expect(world.consumer.signIns().failed).toBe(0);
  expect(findLeaks(world)).toEqual([]);
});

it("proposes a schedule that config check takes as it is, and that names what is there", async () => {
  const { world, inUse, forgotten } = await grown();
  world.entra.addApp({ displayName: "somebody else's", owned: false });
  for (const displayName of ["sam", "Größe & co: {x}"])
    world.entra.addApp({ displayName }).addSecret("a", {});
  world.consumer.engine.swarm.createSecret("lonely_v4", {}, "nobody's");
  world.configure((parts) => ({ ...parts, secrets: {} }));
  world.entra.faults.rates = { read: [{ fault: { kind: "throttle", retryAfterS: 1 }, rate: 0.2 }] };
  const asked = new Set<string>();
  world.onRequest((operation) => {
    asked.add(operation);
    return null;
  });

  const { code, stdout, stderr } = await world.keyturn("adopt", "--discover");
  expect([code, stderr]).toEqual([0, expect.stringContaining("Found 3 applications and 2 places")]);
  expect([...asked].toSorted()).toEqual(["discovery", "read", "token"]);
  for (const id of [inUse, ...forgotten]) expect(stdout).toContain(`- ${id} # `);
  expect(stdout).toContain('"2023 test", 900d old, expires in 29d');
  expect(stdout).toContain("sam-enterprise mounts azure_secret as azure_secret");
  expect(stdout).toContain("no service uses lonely_v4");
  expect(stdout).not.toContain("somebody else");

  writeFileSync(join(world.folder, "schedules", "found.yaml"), stdout);
  const checked = await world.keyturn("config", "check", "--json");
  expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, secrets: 3, problems: [] });
  expect(checked.code).toBe(0);
  expect(await world.keyturn("adopt", "--discover", "--connection", "entra")).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("Found 0 applications and 0 places"),
  });

  // A place is moved under its secret by taking its comment signs away.
  const [schedule = "", places = ""] = stdout.split("# Places that could be targets:");
  const block = /# azure_secret\n(?:# .*\n)*?((?:# {7}.*\n?)+)/.exec(places)?.[1] ?? "";
  const target = block.replaceAll(/^# /gm, "");
  expect(target).toMatch(
    /- kind: docker-secret\n +connection: swarm\n +name: azure_secret\n +services: auto/,
  );
  writeFileSync(
    join(world.folder, "schedules", "found.yaml"),
    schedule.replace(/( +)targets: \[\]/, `$1targets:\n${target}`),
  );
  expect(JSON.parse((await world.keyturn("config", "check", "--json")).stdout)).toMatchObject({ ok: true });
  expect(readFileSync(join(world.folder, "schedules", "found.yaml"), "utf8")).toContain("services: auto");
  expect(findLeaks(world)).toEqual([]);
});

it("tells what one connection has while another one does not answer, and exits 1", async () => {
  const { world } = await grown();
  world.configure((parts) => ({
    ...parts,
    secrets: {},
    connections: {
      ...parts.connections,
      swarm: { kind: "docker", host: `unix://${world.folder}/absent.sock` },
    },
  }));
  const { code, stdout, stderr } = await world.keyturn("adopt", "--discover");
  expect(code).toBe(1);
  expect(stderr).toMatch(/error\[unreachable\]: swarm: /);
  expect(stdout).toContain("kind: entra-password");
  expect(await world.keyturn("adopt", "--discover", "--connection", "nope")).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("These can: entra, swarm."),
  });
});

it("signs in with what a file holds before it is taken over, and says when that is no good", async () => {
  const world = await startQuietWorld({ consumer: startFileConsumer, overlap: "1h", settle: "2s" });
  const [inUse] = world.entra.credentialsOf(world.appId);
  world.configure(withIssuer({ adopt: [inUse?.keyId ?? ""] }));
  const good = toldAll(await world.keyturn("adopt", "--json"));
  expect(good).toMatchObject([{ type: "adopted", verified: "yes", credentials: [{ id: inUse?.keyId }] }]);
  expect(toldAll(await world.keyturn("adopt", "--json"))).toEqual([]);

  const other = world.app.addSecret("another one");
  world.canaries.add(other.secretText);
  writeFileSync(join(world.folder, "secrets", "azure_secret"), "of no use", { mode: 0o600 });
  world.configure(withIssuer({ adopt: [inUse?.keyId ?? "", other.keyId] }));
  const bad = await world.keyturn("adopt", SECRET, "--json");
  expect(bad.stderr).toContain("alert[adoption-refused]");
  expect(toldAll(bad)).toMatchObject([{ type: "adopted", verified: "no" }]);
  expect(bad.code).toBe(0);
  expect(findLeaks(world)).toEqual([]);
});
