/** What `doctor` sees of a real one-node swarm, and that it changes nothing there. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { IMAGE } from "./docker/base-image.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startRealWorld, type RealWorld } from "./docker/real-world.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";
import { startWire } from "../e2e/world/engine-wire.ts";
import { connections } from "../../src/connections/index.ts";
import type { DockerClient } from "../../src/connections/docker/client.ts";
import type { Finding } from "../../src/domain/check.ts";
import type { Connection, Context } from "../../src/domain/ports.ts";
import { systemClock } from "../../src/domain/system-clock.ts";
import { dockerSignal } from "../../src/reloads/docker-signal.ts";
import { dockerSecret } from "../../src/targets/docker-secret.ts";

const engine = await requireEngine("docker", probeDocker);
const signal = new AbortController().signal;

describeEngine(engine, "doctor on a real swarm", () => {
  let swarm: RealSwarm;
  let world: RealWorld;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);
  beforeEach(async () => {
    world = await startRealWorld(swarm);
  }, 60_000);
  afterEach(() => world.close(), 60_000);

  async function connect(host: string): Promise<Connection & DockerClient> {
    const kind = connections.find((each) => each.kind === "docker");
    const config = kind?.schema.parse({ kind: "docker", host });
    return (await kind?.connect(config, { clock: systemClock, env: {} })) as Connection & DockerClient;
  }

  async function inspectTarget(client: DockerClient, settings: object): Promise<readonly Finding[]> {
    const config = dockerSecret.schema.parse({ kind: "docker-secret", connection: "swarm", ...settings });
    const target = await dockerSecret.connect(config, "alpha", {
      ...contextOf(client),
      reload: () => Promise.reject(new Error("none")),
    });
    return (await target.inspect?.({ files: [], isOurs: () => true }, signal)) ?? [];
  }

  it("knows the engine, its services and its node; sends reads only", { timeout: 60_000 }, async () => {
    const requests: string[] = [];
    const path = join(swarm.folder, "doctor.sock");
    const wire = await startWire(path, swarm.socket, (request) => requests.push(request) > 0);
    try {
      const before = [await world.bystanders(), await world.switches()];
      const client = await connect(`unix://${path}`);
      const findings = [
        ...((await client.inspect?.({ files: ["/run/nobody"], isOurs: () => true }, signal)) ?? []),
        ...(await inspectTarget(client, { name: "alpha" })),
      ];
      expect(findings.filter(({ result }) => result === "failed")).toEqual([]);
      expect(told(findings, "engine-version")).toMatch(/^Docker \d+\.\d+\S*, API 1\.\d+$/);
      expect(told(findings, "swarm")).toBe("the engine is a manager of a swarm of 1 node");
      expect(told(findings, "service")).toBe("app mounts alpha as alpha; a switch restarts 2 tasks");
      expect(told(findings, "task-node")).toMatch(/^tasks run on \S+; the engines are known$/);
      expect(told(findings, "file-mounts")).toMatch(/^nothing on/);
      expect([await world.bystanders(), await world.switches()]).toEqual(before);
      expect(requests.length).toBeGreaterThan(4);
      expect(requests.filter((request) => !request.startsWith("GET "))).toEqual([]);
    } finally {
      await wire.close();
    }
  });

  it("finds what is wrong: a service, a container, a mounted file", { timeout: 60_000 }, async () => {
    const folder = join(swarm.folder, "secrets");
    const [pinned, followed] = [join(folder, "pinned"), join(folder, "followed")];
    await mkdir(folder, { recursive: true });
    for (const file of [pinned, followed]) await writeFile(file, "x");
    const mounts = ["--mount", `type=bind,source=${pinned},target=/run/pinned`];
    await swarm.docker([
      "run",
      "--detach",
      "--name",
      "pinning",
      ...mounts,
      "--network",
      "none",
      IMAGE,
      "sleep",
      "600",
    ]);
    try {
      const client = await connect(swarm.host);
      const findings = [
        ...((await client.inspect?.({ files: [pinned, followed], isOurs: () => true }, signal)) ?? []),
        ...(await inspectTarget(client, { name: "alpha", services: ["app", "no-such-service"] })),
        ...(await inspectTarget(client, { name: "nobody-mounts-it" })),
        ...(await inspectReload(client, { container: "pinning" })),
        ...(await inspectReload(client, { container: "pinnin" })),
      ];
      expect(findings.filter(({ result }) => result === "failed").map(({ message }) => message)).toEqual([
        `the container pinning mounts the file ${pinned} itself, so it keeps the version it started with`,
        "there is no service no-such-service in the swarm",
        "no service mounts a secret as nobody-mounts-it, so a new version would reach nobody",
        expect.stringContaining("no running container of the container pinnin") as string,
      ]);
    } finally {
      await swarm.docker(["rm", "--force", "pinning"]);
    }
  });

  async function inspectReload(client: DockerClient, settings: object): Promise<readonly Finding[]> {
    const config = dockerSignal.schema.parse({ kind: "docker-signal", connection: "swarm", ...settings });
    const reload = await dockerSignal.connect(config, contextOf(client));
    return (await reload.inspect?.({ files: [], isOurs: () => true }, signal)) ?? [];
  }
});

function contextOf(client: DockerClient): Context {
  return { clock: systemClock, env: {}, connection: <T>() => client as T };
}

function told(findings: readonly Finding[], check: Finding["check"]): string {
  return findings.find((one) => one.check === check)?.message ?? "";
}
