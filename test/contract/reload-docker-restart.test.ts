import { join } from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { describeReload, type ReloadWorld } from "./describe-reload.ts";
import { contextWith } from "./reload/context.ts";
import { startDockerWorld } from "./reload/docker-world.ts";
import type { StandInSpec } from "../stand-ins/docker/model.ts";
import { startDockerStandIn } from "../stand-ins/docker/stand-in.ts";
import { createDockerClient } from "../../src/connections/docker/client.ts";
import type { Reload } from "../../src/domain/ports.ts";
import { systemClock } from "../../src/domain/system-clock.ts";
import { dockerRestart } from "../../src/reloads/docker-restart.ts";

const signal = new AbortController().signal;

function connect(config: object, client: unknown): Promise<Reload> {
  return dockerRestart.connect(
    dockerRestart.schema.parse({ kind: "docker-restart", connection: "swarm", ...config }),
    contextWith(client),
  );
}

const startContainers = () => startDockerWorld({ container: "sam" }, ["cafe01"], undefined, connect);

interface ServiceWorld extends ReloadWorld {
  readonly spec: () => StandInSpec;
}

/** Others update the service at every other write. */
async function startServices(): Promise<ServiceWorld> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-restart-"));
  const engine = await startDockerStandIn({
    socket: join(folder, "docker.sock"),
    clock: systemClock,
    meddling: 0.5,
  });
  const names = ["api", "api-prod", "ap"];
  const services = names.map((name) =>
    engine.swarm.createService({
      Name: name,
      Labels: { kept: "as it is" },
      TaskTemplate: { ContainerSpec: { Image: "app" } },
      Mode: { Replicated: { Replicas: 2 } },
    }),
  );
  const forced = (): number[] =>
    services.map(({ spec }) => (spec.TaskTemplate as { ForceUpdate?: number }).ForceUpdate ?? 0);
  const client = createDockerClient({ kind: "docker", host: engine.host }, {});
  return {
    connect: () => connect({ service: "api" }, client),
    connectOther: () => connect({ service: "api-prod" }, client),
    count: async () => forced()[0] ?? 0,
    bystanders: async () => (forced()[1] ?? 0) + (forced()[2] ?? 0),
    async breakProcess() {
      engine.swarm.services.splice(0, 1);
    },
    brokenCode: "service-not-found",
    canary: "nothing-is-printed",
    spec: () => services[0]?.spec as StandInSpec,
    async close() {
      await engine.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describeReload("docker-restart of a container", startContainers);
describeReload("docker-restart of a service", startServices);

it("a service's tasks get a new template that differs in nothing but the count of forced updates", async () => {
  const world = await startServices();
  try {
    const before = world.spec();
    await (await world.connect()).reload(signal);
    const { Labels: _touchedByOthers, ...after } = world.spec();
    const { Labels: _own, ...expected } = {
      ...before,
      TaskTemplate: { ...before.TaskTemplate, ForceUpdate: 1 },
    };
    expect(after).toEqual(expected);
  } finally {
    await world.close();
  }
});

it.each([
  [{}],
  [{ container: "a", service: "b" }],
  [{ container: "a/../b" }],
  [{ service: "a", node: "n1" }],
])("%j is refused", (settings) => {
  const config = { kind: "docker-restart", connection: "swarm", ...settings };
  expect(dockerRestart.schema.safeParse(config).success).toBe(false);
});
