/** What `doctor` sees of an engine and of the services that use a secret, over the wire. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { serviceSpec } from "../../../contract/docker-secret/stand-in-world.ts";
import { tempFolder } from "../../../temp-folder.ts";
import {
  startDockerStandIn,
  type DockerStandIn,
  type DockerStandInOptions,
} from "../../../stand-ins/docker/stand-in.ts";
import { connections } from "../../../../src/connections/index.ts";
import type { Finding } from "../../../../src/domain/check.ts";
import type { Connection, TargetContext } from "../../../../src/domain/ports.ts";
import { systemClock } from "../../../../src/domain/system-clock.ts";
import { dockerSecret } from "../../../../src/targets/docker-secret.ts";

const signal = new AbortController().signal;
const FILE = "/run/sam/secrets/token";

async function start(options: Partial<DockerStandInOptions> = {}): Promise<DockerStandIn> {
  const socket = join(tempFolder(), "docker.sock");
  const engine = await startDockerStandIn({ socket, clock: systemClock, ...options });
  onTestFinished(() => engine.close());
  return engine;
}

async function connect(engine: DockerStandIn, settings: object = {}): Promise<Connection> {
  const kind = connections.find((each) => each.kind === "docker");
  const config = kind?.schema.parse({ kind: "docker", host: engine.host, ...settings });
  return (await kind?.connect(config, { clock: systemClock, env: {} })) as Connection;
}

async function connectionOf(
  engine: DockerStandIn,
  files: readonly string[] = [],
  settings: object = {},
): Promise<readonly Finding[]> {
  const connection = await connect(engine, settings);
  return (await connection.inspect?.({ files, isOurs: () => true }, signal)) ?? [];
}

async function targetOf(engine: DockerStandIn, settings: object = {}): Promise<readonly Finding[]> {
  const client = await connect(engine, { nodes: { node1: engine.host, node2: engine.host } });
  const context: TargetContext = {
    clock: systemClock,
    env: {},
    connection: <T>() => client as T,
    reload: () => Promise.reject(new Error("none")),
  };
  const wanted = { kind: "docker-secret", connection: "swarm", name: "alpha", ...settings };
  const target = await dockerSecret.connect(dockerSecret.schema.parse(wanted), "alpha", context);
  return (await target.inspect?.({ files: [], isOurs: () => true }, signal)) ?? [];
}

/** `check: result`, those that failed or that a test is about. */
function told(findings: readonly Finding[], ...about: readonly Finding["check"][]): readonly string[] {
  return findings
    .filter(({ check, result }) => result === "failed" || about.includes(check))
    .map(({ check, result }) => `${check}: ${result}`);
}

describe("an engine", () => {
  it("that is a manager says so", async () => {
    expect(told(await connectionOf(await start()), "engine-version", "swarm", "reachable")).toEqual([
      "reachable: proved",
      "engine-version: proved",
      "swarm: proved",
    ]);
  });

  it("that is too old has failed, and is asked no more", async () => {
    const engine = await start({ apiVersion: "1.40" });
    expect(told(await connectionOf(engine, [FILE]))).toEqual(["engine-version: failed"]);
    expect(engine.requests).toEqual(["GET /version"]);
  });

  it("that is no manager is good enough for containers, and fails a target that needs one", async () => {
    const engine = await start({ manager: false });
    expect(told(await connectionOf(engine, [FILE]), "swarm")).toEqual(["swarm: proved"]);
    expect(told(await targetOf(engine))).toEqual(["manager: failed"]);
  });

  it("of a node is asked, too", async () => {
    const nodes = { near: (await start()).host, gone: "unix:///nonexistent/node.sock" };
    const findings = await connectionOf(await start(), [], { nodes });
    expect(told(findings, "node-engine")).toEqual(["node-engine: proved", "node-engine: failed"]);
  });
});

describe("a delivered file", () => {
  const mount = (source: string) => ({ Type: "bind" as const, Source: source, Target: "/run/token" });

  it("that a container mounts itself has failed, once for each; its folder is right", async () => {
    const engine = await start();
    engine.containers.push({ name: "good", mounts: [mount("/run/sam/secrets")] });
    engine.containers.push({ name: "bad", mounts: [mount(FILE)] });
    const [spec, pinning] = ["folder", "pinned"].map((name) => serviceSpec(engine, name, []));
    if (spec === undefined || pinning === undefined) throw new Error("unreachable");
    engine.swarm.createService(withMount(spec, "/run/sam/secrets"));
    engine.swarm.createService(withMount(pinning, FILE));
    const failed = (await connectionOf(engine, [FILE])).filter(({ result }) => result === "failed");
    expect(failed.map(({ check, message }) => `${check}: ${message.split(" mounts")[0] ?? ""}`)).toEqual([
      "file-mounts: the service pinned",
      "file-mounts: the container bad",
    ]);
    for (const { hint } of failed) expect(hint).toContain("source=/run/sam/secrets,");
  });

  it("is not looked for when none is delivered", async () => {
    const engine = await start();
    expect(told(await connectionOf(engine), "file-mounts")).toEqual([]);
    expect(engine.requests).not.toContain("GET /containers/json");
  });

  function withMount(spec: ReturnType<typeof serviceSpec>, source: string): typeof spec {
    const container = { ...spec.TaskTemplate.ContainerSpec, Mounts: [mount(source)] };
    return { ...spec, TaskTemplate: { ...spec.TaskTemplate, ContainerSpec: container } };
  }
});

describe("a docker-secret target", () => {
  it("finds its services, what swarm does by itself, and the nodes", async () => {
    const engine = await withApp();
    expect(told(await targetOf(engine), "service", "update-policy", "task-node", "may-manage")).toEqual([
      "may-manage: inferred",
      "service: proved",
      "update-policy: inferred",
      "task-node: proved",
    ]);
  });

  it("warns when swarm goes on although tasks fail", async () => {
    const engine = await withApp({ UpdateConfig: { FailureAction: "continue" } });
    const [found] = (await targetOf(engine)).filter(({ check }) => check === "update-policy");
    expect(found?.hint).toContain("--update-failure-action pause app");
  });

  it.each([
    ["nobody mounts it", { name: "beta" }, ["service: failed"]],
    [
      "of two named ones one is not there",
      { services: ["app", "ap"] },
      ["service: failed", "service: proved"],
    ],
    ["a named one does not mount it yet", { services: ["app"], name: "beta" }, ["service: inferred"]],
  ])("%s", async (_what, settings, expected) => {
    expect(told(await targetOf(await withApp(), settings), "service")).toEqual(expected);
  });

  it("a job cannot be switched", async () => {
    const engine = await withApp({ Mode: { ReplicatedJob: {} } });
    expect(told(await targetOf(engine))).toEqual(["service: failed"]);
  });

  it("an update that stands still is in the way", async () => {
    const engine = await withApp();
    const [app] = engine.swarm.services;
    if (app !== undefined) app.status = { State: "paused", Message: "" };
    expect(told(await targetOf(engine), "service")).toEqual(["service: proved", "service: failed"]);
  });

  async function withApp(more: Parameters<typeof serviceSpec>[3] = {}): Promise<DockerStandIn> {
    const engine = await start();
    engine.swarm.createSecret("alpha", {}, "by hand");
    engine.swarm.createService(serviceSpec(engine, "app", [["alpha", "alpha"]], more));
    return engine;
  }
});
