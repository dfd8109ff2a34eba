/** `doctor` as installed: what is wrong is named with how to mend it, all of it at once, and nobody is written to. */
import { appendFileSync, chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { startDockerConsumer, type DockerConsumer } from "./world/docker-consumer.ts";
import { startQuietFileWorld, startQuietWorld } from "./world/quiet-world.ts";
import { startSilence } from "./world/start-silence.ts";
import { toldBy, type Finished } from "./world/start-keyturn.ts";
import { errorsIn, stackTraceIn } from "./world/what-is-seen.ts";
import { SECRET, type World } from "./world/world.ts";
import type { ConfigParts, Section } from "./world/write-config.ts";

const DAY_MS = 86_400_000;

const document = z.strictObject({
  checks: z
    .array(
      z.strictObject({
        subject: z.string().min(1),
        check: z.string().regex(/^[a-z-]+$/),
        result: z.enum(["proved", "inferred", "not-checkable", "failed"]),
        message: z.string().min(1),
        hint: z.string().min(1).optional(),
      }),
    )
    .min(1),
});
type Checks = z.infer<typeof document>["checks"];

function checksOf(finished: Finished): Checks {
  expect([finished.stderr, stackTraceIn(finished)]).toEqual(["", null]);
  return document.parse(JSON.parse(finished.stdout)).checks;
}

function failures(checks: Checks): Checks {
  return checks.filter(({ result }) => result === "failed");
}

describe("where all is well", () => {
  it("proves a file target from the credential to the probe, before the first rotation and after it", async () => {
    const world = await startQuietFileWorld();
    for (const expected of ["inferred", "proved"] as const) {
      const finished = await world.keyturn("doctor", "--json");
      const checks = checksOf(finished);
      expect(failures(checks)).toEqual([]);
      expect(finished.code).toBe(0);
      const results = new Map(checks.map(({ check, result }) => [check, result]));
      expect(results.get("journal-chain")).toBe(expected);
      expect(results.get("seal-key-fits")).toBe(expected);
      for (const check of [
        "reachable",
        "signed-in",
        "api-permission",
        "owner",
        "writable",
        "process",
        "answer",
      ])
        expect([check, results.get(check)]).toEqual([check, "proved"]);
      expect(results.get("add-password")).toBe("inferred");
      expect(results.get("lifetime")).toBe("not-checkable");
      expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
    }
  });

  it("sends no write, to nobody, and changes no file", async () => {
    const world = await startQuietWorld({ consumer: startDockerConsumer });
    expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
    const [tenant, engine] = [world.entra.requests.length, world.consumer.engine.requests.length];
    const before = stateOf(world);
    expect((await world.keyturn("doctor")).code).toBe(0);
    expect(writesIn(world, tenant, engine)).toEqual([]);
    expect(stateOf(world)).toEqual(before);
    // The recording would notice: a rotation writes to both.
    expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
    expect(writesIn(world, tenant, engine)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/addPassword/),
        expect.stringMatching(/^POST \/services/),
      ]),
    );
  });

  it("looks only at what the named secrets use", async () => {
    const world = await startQuietFileWorld();
    world.configure((parts) => ({
      ...parts,
      connections: { ...parts.connections, spare: NO_ENGINE },
      secrets: { ...parts.secrets, other: labelled({ issuer: RANDOM, targets: [spareTarget("other")] }) },
    }));
    const whole = checksOf(await world.keyturn("doctor", "--json"));
    expect(new Set(failures(whole).map(({ subject }) => subject))).toEqual(
      new Set(["connection spare", "probe tcp://127.0.0.1:1"]),
    );
    const one = await world.keyturn("doctor", SECRET, "--json");
    expect(subjectsOf(checksOf(one))).not.toMatch(/spare|other/);
    expect(one.code).toBe(0);
    const labelledOnes = await world.keyturn("doctor", "--label", "team=mesh", "--json");
    expect(subjectsOf(checksOf(labelledOnes))).toMatch(/connection spare/);
    expect(subjectsOf(checksOf(labelledOnes))).not.toMatch(/entra|azure_secret/);
    expect(labelledOnes.code).toBe(1);
  });
});

interface Fault {
  readonly about: RegExp;
  readonly check: string;
  readonly says: RegExp;
  readonly mend: RegExp;
}

describe("where much is wrong", () => {
  it("names every fault of a file target's world, each with its mend", async () => {
    const world = await startQuietFileWorld();
    expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
    const app = breakEverything(world);
    const finished = await world.keyturn("doctor", "--json");
    expect(finished.code).toBe(1);
    expectFaults(checksOf(finished), [
      {
        about: /^configuration$/,
        check: "config-access",
        says: /keyturn\.yaml has mode 0666/,
        mend: /chmod go-w/,
      },
      { about: /^seal key$/, check: "seal-key", says: /mode 0644/, mend: /chmod 0600/ },
      { about: /^journal$/, check: "journal-chain", says: /entry 2 was changed/, mend: /back-up/ },
      { about: /^audit log$/, check: "audit-in-step", says: /another one in the audit log/, mend: /audit/ },
      { about: /^connection swarm$/, check: "reachable", says: /no such socket/, mend: /connection's host/ },
      {
        about: /^issuer of/,
        check: "owner",
        says: /not among the 0 owners/,
        mend: /az ad app owner add --id .* --owner-object-id [0-9a-f-]{36}/,
      },
      { about: /^issuer of/, check: "lifetime", says: /validFor is 180d.*allows 90d/, mend: /90d or less/ },
      {
        about: /^issuer of/,
        check: "room",
        says: /2 of 2.*"left behind"/,
        mend: /credential delete --id .* --key-id/,
      },
      {
        about: /^issuer of/,
        check: "forgotten-secret",
        says: /"left behind".*expired/,
        mend: /credential delete/,
      },
      {
        about: /^issuer of/,
        check: "forgotten-secret",
        says: /"by the old script".* 1000d/,
        mend: /Find who uses it/,
      },
      { about: /^target file:.*nowhere/, check: "folder", says: /ENOENT/, mend: /mkdir -p/ },
      { about: /^reload signal:/, check: "process", says: /there is no such file/, mend: /pidFile/ },
      {
        about: /^reload exec:/,
        check: "program",
        says: /\/nonexistent\/reload is not there/,
        mend: /Install it/,
      },
      { about: /^reload http:/, check: "reachable", says: /127\.0\.0\.1:1 .*ECONNREFUSED/, mend: /firewall/ },
      { about: /^probe http:/, check: "answer", says: /ECONNREFUSED/, mend: /log/ },
    ]);
    expect(finished.stdout).toContain(app);
  });

  it("names what is wrong in a swarm", async () => {
    const world = await startQuietWorld({ consumer: startDockerConsumer });
    const folder = join(world.folder, "files");
    const pinned = join(folder, "token");
    world.consumer.engine.containers.push({
      name: "sam",
      mounts: [{ Type: "bind", Source: pinned, Target: "/run/token" }],
    });
    changeSecret(world, {
      targets: [
        {
          kind: "docker-secret",
          connection: "swarm",
          name: SECRET,
          services: ["sam-enterprise", "sam-enterprize"],
        },
        { kind: "docker-secret", connection: "swarm", name: "nobody_has_it" },
        {
          kind: "file",
          path: pinned,
          reload: [{ kind: "docker-signal", connection: "swarm", container: "gone" }],
        },
      ],
    });
    world.entra.grant();
    expectFaults(checksOf(await world.keyturn("doctor", "--json")), [
      {
        about: /^connection entra$/,
        check: "api-permission",
        says: /nothing is/,
        mend: /az ad app permission add/,
      },
      {
        about: /^connection swarm$/,
        check: "file-mounts",
        says: /container sam mounts the file .*token/,
        mend: /Mount its folder/,
      },
      { about: /^issuer of/, check: "application", says: /403/, mend: /Grant/ },
      {
        about: /^target docker-secret:swarm\/azure_secret$/,
        check: "service",
        says: /no service sam-enterprize/,
        mend: /docker service ls/,
      },
      {
        about: /^target docker-secret:swarm\/nobody_has_it$/,
        check: "service",
        says: /no service mounts/,
        mend: /--secret-add/,
      },
      { about: /^target file:/, check: "folder", says: /files cannot be looked at/, mend: /mkdir/ },
      {
        about: /^reload docker-signal:/,
        check: "container",
        says: /no running container/,
        mend: /docker ps/,
      },
    ]);
  });

  it("a tenant that never answers delays nobody else", async () => {
    const world = await startQuietFileWorld();
    const origin = `https://localhost:${await startSilence()}`;
    const silent = { authorityHost: origin, graphUrl: origin, timeout: "2s" };
    world.configure((parts) => ({
      ...parts,
      connections: { ...parts.connections, entra: { ...parts.connections["entra"], ...silent } },
    }));
    const finished = await world.keyturn("doctor", "--json");
    const checks = checksOf(finished);
    expect(failures(checks).map(({ subject, check }) => `${subject}: ${check}`)).toEqual([
      "connection entra: reachable",
    ]);
    expect(checks).toContainEqual(
      expect.objectContaining({ subject: `issuer of ${SECRET}`, result: "not-checkable" }),
    );
    expect(checks).toContainEqual(expect.objectContaining({ check: "answer", result: "proved" }));
    expect(finished.tookMs).toBeLessThan(20_000);
  });
});

describe("for people", () => {
  it("groups by subject, gives hints, sums up, and is plain in a pipe", async () => {
    const world = await startQuietFileWorld();
    rmSync(join(world.folder, "app.pid"));
    const { code, stdout, stderr } = await world.keyturn("doctor");
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/^reload signal:SIGHUP:.*\n {2}FAILED {8}process: the process of/m);
    expect(stdout).toMatch(/^ {4}hint {8}Start the process, or correct the reload's pidFile\.$/m);
    expect(stdout).toMatch(
      /^1 failed, \d+ proved, \d+ inferred, \d+ not checkable\. Nothing was changed\.\n$/m,
    );
    expect(stdout).not.toContain("\u001b");
  });

  it.each([
    ["a secret that nobody configured", ["doctor", "nope"], "unknown-secret"],
    ["a label without a value", ["doctor", "--label", "team"], "usage"],
    ["a name beside a label", ["doctor", SECRET, "--label", "team=mesh"], "usage"],
    ["an unknown option", ["doctor", "--fix"], "usage"],
  ])("refuses %s", async (_what, args, code) => {
    const world = await startQuietFileWorld();
    const finished = await world.keyturn(...args);
    expect(finished.code).toBe(2);
    expect(errorsIn(finished).map((error) => error.code)).toEqual([code]);
  });

  it("refuses a configuration that is broken, with all that is wrong", async () => {
    const world = await startQuietFileWorld();
    world.configure((parts) => ({ ...parts, policy: { ...parts.policy, maxAgee: "1d" } }));
    const finished = await world.keyturn("doctor", "--json");
    expect([finished.code, toldBy(finished).at(-1)?.error?.code]).toEqual([2, "config-invalid"]);
  });
});

const NO_ENGINE = { kind: "docker", host: "unix:///nonexistent/docker.sock" };
const RANDOM = { kind: "random", length: 32, overlap: "dual" };

function spareTarget(name: string): Section {
  return { kind: "docker-secret", connection: "spare", name };
}

function labelled(secret: Section): Section {
  return { ...secret, labels: { team: "mesh" }, probes: [{ kind: "tcp", host: "127.0.0.1", port: 1 }] };
}

function subjectsOf(checks: Checks): string {
  return checks.map(({ subject }) => subject).join("\n");
}

/** Gives the application that the issuer now names. */
function breakEverything(world: World): string {
  const app = world.entra.addApp({
    owned: false,
    audience: "AzureADandPersonalMicrosoftAccount",
    maxLifetimeMs: 90 * DAY_MS,
  });
  app.addSecret("left behind", { ageMs: 30 * DAY_MS, lastsMs: -DAY_MS });
  app.addSecret("by the old script", { ageMs: 1000 * DAY_MS, lastsMs: DAY_MS });
  world.entra.grant("Application.ReadWrite.OwnedBy", "Policy.Read.All");
  changeSecret(world, {
    issuer: { kind: "entra-password", connection: "entra", application: app.appId, validFor: "180d" },
    targets: [
      {
        kind: "file",
        path: join(world.folder, "nowhere", "secret"),
        reload: [
          { kind: "signal", pidFile: join(world.folder, "gone.pid") },
          { kind: "exec", command: ["/nonexistent/reload"] },
          { kind: "http", url: "http://127.0.0.1:1/-/reload" },
        ],
      },
      { kind: "docker-secret", connection: "swarm", name: SECRET },
    ],
    probes: [{ kind: "http", url: "http://127.0.0.1:1/healthz" }],
  });
  chmodSync(world.configFile, 0o666);
  chmodSync(join(world.folder, "seal.key"), 0o644);
  tamper(world);
  return app.appId;
}

function changeSecret(world: World, change: Section): void {
  world.configure((parts: ConfigParts) => ({
    ...parts,
    connections: { ...parts.connections, swarm: parts.connections["swarm"] ?? NO_ENGINE },
    secrets: { [SECRET]: { ...parts.secrets[SECRET], ...change } },
  }));
}

/** An entry that says something else, and an audit log whose last line is of another history. */
function tamper(world: World): void {
  const db = new DatabaseSync(join(world.stateDir, "journal.db"));
  db.exec("UPDATE entry SET record = record || ' ' WHERE seq = 2");
  db.close();
  const folder = join(world.stateDir, "audit");
  const [log = ""] = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  const path = join(folder, log);
  const last = readFileSync(path, "utf8").trimEnd().split("\n").at(-1) ?? "";
  appendFileSync(path, `${last.replace(/"hash":"[0-9a-f]{4}/, '"hash":"0000')}\n`);
}

function expectFaults(checks: Checks, faults: readonly Fault[]): void {
  const failed = failures(checks);
  const unexpected = failed.filter(
    (one) =>
      !faults.some(
        ({ about, check, says }) => about.test(one.subject) && one.check === check && says.test(one.message),
      ),
  );
  expect(unexpected).toEqual([]);
  for (const { about, check, says, mend } of faults) {
    const of = failed.filter(
      (one) => about.test(one.subject) && one.check === check && says.test(one.message),
    );
    expect(of, `${check} ${String(says)}`).toHaveLength(1);
    expect(of[0]?.hint).toMatch(mend);
  }
}

/** Signing in is a POST that changes nothing. */
function writesIn(world: World<DockerConsumer>, tenant: number, engine: number): readonly string[] {
  const isRead = (line: string): boolean =>
    line.startsWith("GET ") || /^POST \/[^/]+\/oauth2\/v2\.0\/token$/.test(line);
  return [
    ...world.entra.requests.slice(tenant).map(({ line }) => line),
    ...world.consumer.engine.requests.slice(engine),
  ].filter((line) => !isRead(line));
}

/** A reader may leave an empty file for what is not yet merged. */
function stateOf(world: World): unknown {
  return readdirSync(world.folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        !/tmp|journal\.db-/.test(join(entry.parentPath, entry.name).slice(world.folder.length)),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => [path, readFileSync(path, "hex")]);
}
