/** What is wrong from outside: one clear error with a code and a hint, the right exit code, and nothing has changed. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startDockerConsumer } from "./world/docker-consumer.ts";
import { startQuietFileWorld, startQuietWorld } from "./world/quiet-world.ts";
import { startSilence } from "./world/start-silence.ts";
import { toldBy, type Finished } from "./world/start-keyturn.ts";
import { errorsIn, stackTraceIn } from "./world/what-is-seen.ts";
import { SECRET, type World } from "./world/world.ts";
import type { ConfigParts, Section } from "./world/write-config.ts";

const ROTATE = ["rotate", "--now", SECRET];
/** Nobody waits longer than this for an error, on a machine that does other things as well. */
const PATIENCE_MS = 45_000;
const STRANGER = "33333333-3333-4333-a333-333333333333";

interface Case {
  readonly what: string;
  readonly prepare: (world: World) => unknown;
  readonly args?: readonly string[];
  readonly exit: number;
  readonly code: string;
  /** A part of the message that tells what it is about. */
  readonly about: RegExp;
}

const BEFORE_ANY_RUN: readonly Case[] = [
  {
    what: "an unknown key",
    prepare: (world) =>
      world.configure((parts) => ({ ...parts, policy: { ...parts.policy, maxAgee: "1d" } })),
    exit: 2,
    code: "config-invalid",
    about: /schedules\/secrets\.yaml:\d+: policies\.p\.maxAgee/,
  },
  {
    what: "a configuration that is not there",
    prepare: (world) => rmSync(world.configFile),
    exit: 2,
    code: "config-not-found",
    about: /keyturn\.yaml/,
  },
  {
    what: "a file that the configuration names and that is not there",
    prepare: (world) => rmSync(join(world.folder, "admin.secret")),
    exit: 2,
    code: "config-not-found",
    about: /admin\.secret/,
  },
  {
    what: "a seal key that its group may read",
    prepare: (world) => chmodSync(join(world.folder, "seal.key"), 0o640),
    exit: 2,
    code: "seal-key-invalid",
    about: /seal\.key has mode 0640/,
  },
  {
    what: "a seal key that is not there",
    prepare: (world) => rmSync(join(world.folder, "seal.key")),
    exit: 2,
    code: "seal-key-invalid",
    about: /seal\.key/,
  },
  {
    what: "a secret that nobody configured",
    prepare: () => undefined,
    args: ["rotate", "--now", "azure_secret_prod"],
    exit: 2,
    code: "unknown-secret",
    about: /azure_secret_prod/,
  },
  {
    what: "a name beside --all",
    prepare: () => undefined,
    args: [...ROTATE, "--all"],
    exit: 2,
    code: "usage",
    about: /--all/,
  },
  {
    what: "Entra that cannot be reached",
    prepare: (world) =>
      changeEntra(world, { authorityHost: "https://localhost:1", graphUrl: "https://localhost:1" }),
    exit: 4,
    code: "unreachable",
    about: /localhost:1/,
  },
  {
    what: "Entra that never answers",
    prepare: async (world) => {
      const origin = `https://localhost:${await startSilence()}`;
      changeEntra(world, { authorityHost: origin, graphUrl: origin, timeout: "2s" });
    },
    exit: 4,
    code: "unreachable",
    about: /localhost/,
  },
  {
    what: "an Entra whose certificate is not trusted",
    prepare: (world) => changeEntra(world, { caFile: undefined }),
    exit: 4,
    code: "tls-untrusted",
    about: /certificate|TLS/i,
  },
  {
    what: "an application that is not there",
    prepare: (world) => changeIssuer(world, { application: STRANGER }),
    exit: 4,
    code: "application-not-found",
    about: new RegExp(STRANGER),
  },
  {
    what: "an admin credential that has expired",
    prepare: ({ entra }) => entra.expire(entra.admin.clientId, entra.admin.secret),
    exit: 4,
    code: "admin-credential-expired",
    about: /expired/,
  },
  {
    what: "a Docker socket that is not there",
    prepare: (world) =>
      world.configure((parts) => ({
        ...withSecret(parts, { targets: [{ kind: "docker-secret", connection: "swarm", name: SECRET }] }),
        connections: {
          ...parts.connections,
          swarm: { kind: "docker", host: "unix:///nonexistent/docker.sock" },
        },
      })),
    exit: 4,
    code: "unreachable",
    about: /nonexistent\/docker\.sock/,
  },
  {
    what: "a window that is closed",
    prepare: (world) =>
      world.configure((parts) => ({ ...parts, policy: { ...parts.policy, window: farWindow() } })),
    exit: 4,
    code: "outside-window",
    about: /opens at/,
  },
];

describe("before any run: nothing is begun", () => {
  it.each(BEFORE_ANY_RUN)("$what", async ({ prepare, args = ROTATE, exit, code, about }) => {
    const world = await startQuietFileWorld();
    await prepare(world);
    const before = changeable(world);
    const finished = await world.keyturn(...args);
    expectOneError(finished, exit, code, about);
    expect(finished.stdout).not.toMatch(/^run /m);
    expect(changeable(world)).toEqual(before);
    expect(world.consumer.signIns().failed).toBe(0);
  });
});

describe("in a run: it is undone", () => {
  it("an application that keyturn may not change", async () => {
    const world = await startQuietFileWorld({ owned: false });
    const before = changeable(world);
    expectOneError(await world.keyturn(...ROTATE), 1, "permission-denied", /403/);
    expect(changeable(world)).toEqual(before);
  });

  it("content of 501 KiB", async () => {
    const world = await startQuietWorld({ consumer: startDockerConsumer });
    const [target] = world.consumer.targets;
    // Every value has 40 characters.
    const content = "{value}".repeat(Math.ceil((501 * 1024) / 40));
    world.configure((parts) => withSecret(parts, { targets: [{ ...target, content }] }));
    expectOneError(await world.keyturn(...ROTATE), 1, "secret-too-large", /bytes|KiB/);
    expect(marked(world)).toEqual([]);
    expect(world.consumer.engine.swarm.secrets.map(({ name }) => name)).toEqual([SECRET]);
    expect(world.consumer.heldVersions()).toEqual([0, 0]);
  });

  it("a service that never converges runs its old version again", async () => {
    const world = await startQuietWorld({ consumer: startDockerConsumer, overlap: "1s" });
    expect((await world.keyturn(...ROTATE)).code).toBe(0);
    world.consumer.refuseNewVersions();
    const finished = await world.keyturn(...ROTATE);
    expectOneError(finished, 1, "not-converged", /sam-enterprise/);
    expect(world.consumer.heldVersions()).toEqual([1, 1]);
    expect(marked(world)).toHaveLength(1);
    expect(world.consumer.engine.swarm.secrets.map(({ name }) => name).sort()).toEqual([
      SECRET,
      `${SECRET}_v1`,
    ]);
    expect(world.consumer.signIns().failed).toBe(0);
  });
});

describe("at the wrong moment", () => {
  it("of two at once one runs, and the other is refused", async () => {
    const world = await startQuietFileWorld();
    const both = await Promise.all([world.keyturn(...ROTATE), world.keyturn(...ROTATE)]);
    const [ran, refused] = both.toSorted((a, b) => (a.code ?? -1) - (b.code ?? -1)) as [Finished, Finished];
    expect([ran.code, refused.code]).toEqual([0, 4]);
    // The slower one may find the lease free again, and then the overlap is open or the first version just made.
    expect(["lease-held", "overlap-open"]).toContain(errorsIn(refused)[0]?.code);
    expect(marked(world)).toHaveLength(1);
  });

  it("a second rotation while the previous version is alive is refused", async () => {
    const world = await startQuietFileWorld();
    expect((await world.keyturn(...ROTATE)).code).toBe(0);
    expect((await world.keyturn(...ROTATE)).code).toBe(0);
    const before = changeable(world);
    expectOneError(await world.keyturn(...ROTATE), 4, "overlap-open", /version 1/);
    expect(changeable(world)).toEqual(before);
    const told = toldBy(await world.keyturn(...ROTATE, "--json")).at(-1);
    expect([told?.outcome, told?.error?.code]).toEqual(["refused", "overlap-open"]);
  });
});

function expectOneError(finished: Finished, exit: number, code: string, about: RegExp): void {
  const said = `${finished.stdout}\n${finished.stderr}`;
  expect(finished.code, said).toBe(exit);
  const errors = errorsIn(finished);
  expect(
    errors.map((error) => error.code),
    said,
  ).toEqual([code]);
  expect(errors[0]?.message).toMatch(about);
  expect(errors[0]?.hint).toMatch(/\w/);
  expect(stackTraceIn(finished)).toBeNull();
  expect(finished.tookMs).toBeLessThan(PATIENCE_MS);
}

/** Everything outside keyturn that a rotation would change. */
function changeable(world: World): unknown {
  const folder = join(world.folder, "secrets");
  return {
    credentials: world.entra.credentialsOf(world.appId).map(({ keyId }) => keyId),
    added: world.entra.requests.filter(({ operation, status }) => operation === "add" && status === 200)
      .length,
    held: world.consumer.heldVersions(),
    files: existsSync(folder)
      ? readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")])
      : null,
  };
}

function marked(world: World): readonly string[] {
  const names = world.entra.credentialsOf(world.appId).map(({ displayName }) => displayName ?? "");
  return names.filter((name) => name.startsWith("keyturn:"));
}

function changeEntra(world: World, change: Section): void {
  world.configure((parts) => ({
    ...parts,
    connections: { ...parts.connections, entra: { ...parts.connections["entra"], ...change } },
  }));
}

function changeIssuer(world: World, change: Section): void {
  world.configure((parts) => {
    const issuer = parts.secrets[SECRET]?.["issuer"] as Section;
    return withSecret(parts, { issuer: { ...issuer, ...change } });
  });
}

function withSecret(parts: ConfigParts, change: Section): ConfigParts {
  return { ...parts, secrets: { [SECRET]: { ...parts.secrets[SECRET], ...change } } };
}

/** The day after tomorrow, wherever midnight is. */
function farWindow(): Section {
  const day = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"][(new Date().getUTCDay() + 2) % 7];
  return { days: [day], from: "02:00", to: "03:00" };
}
