import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeProbe, type ProbeWorld } from "./describe-probe.ts";
import { contextWith } from "./reload/context.ts";
import { createDockerClient } from "../../src/connections/docker/client.ts";
import { dockerHealth } from "../../src/probes/docker-health.ts";

const CANARY = "canary-in-health-log-6e2d";
const signal = new AbortController().signal;
const SEVENTH = { secret: "api", version: 7, marker: "keyturn:api:run1.1" };

type Health = "starting" | "healthy" | "unhealthy" | "none" | null;

interface HealthWorld extends ProbeWorld {
  set(...healths: readonly Health[]): void;
}

/** An engine with a service's containers, and others that are ill. */
async function startWorld(): Promise<HealthWorld> {
  let healths: readonly Health[] = [];
  const folder = mkdtempSync(join(tmpdir(), "keyturn-health-"));
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://docker");
    const path = pathname.replace(/^\/v[\d.]+/, "");
    const reply = (status: number, body: unknown): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (path === "/version") return reply(200, { ApiVersion: "1.41" });
    if (path === "/containers/json") {
      const { label } = JSON.parse(searchParams.get("filters") ?? "{}") as { label?: string[] };
      const isOurs = label?.includes("com.docker.swarm.service.name=api") === true;
      const own = healths.map((_health, index) => ({ Id: `c${index}`, Names: [`/api.${index}`] }));
      reply(200, isOurs ? own : [{ Id: "ill", Names: ["/api-prod.1"] }]);
      return void server.emit("looked");
    }
    const index = Number(/^\/containers\/c(\d+)\/json$/.exec(path)?.[1] ?? -1);
    const health = healths[index];
    if (health === undefined) return reply(404, { message: `No such container ${CANARY}` });
    const told = health === null ? {} : { Health: { Status: health, Log: [{ Output: CANARY }] } };
    return reply(200, { Id: `c${index}`, State: { Running: true, ...told } });
  });
  const socket = join(folder, "docker.sock");
  server.listen(socket);
  await once(server, "listening");
  const client = createDockerClient({ kind: "docker", host: `unix://${socket}` }, {});
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return {
    set: (...wanted) => {
      healths = wanted;
    },
    connect: (within) =>
      dockerHealth.connect(
        dockerHealth.schema.parse({
          kind: "docker-health",
          connection: "swarm",
          service: "api",
          every: "10ms",
          within,
        }),
        contextWith(client),
      ),
    async pass() {
      healths = ["healthy", "healthy"];
    },
    async fail() {
      healths = ["healthy", "unhealthy"];
    },
    async nextLook() {
      await once(server, "looked");
    },
    async breakFarSide() {
      stop();
    },
    evidence: "probed",
    seen: "a container that is unhealthy",
    canary: CANARY,
    async close() {
      stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeProbe("docker-health", startWorld);

it.each<[string, readonly Health[], string]>([
  ["no container", [], "no running container"],
  ["one that is starting", ["healthy", "starting"], "a container that is starting"],
  ["one without a health check", ["healthy", null], "a container without a health check"],
  ["one whose health check is switched off", ["none"], "a container without a health check"],
])("%s does not pass", async (_what, healths, seen) => {
  const world = await startWorld();
  try {
    world.set(...healths);
    const probe = await world.connect("100ms");
    await expect(probe.probe(SEVENTH, signal)).rejects.toMatchObject({
      code: "probe-failed",
      message: expect.stringContaining(seen) as string,
    });
  } finally {
    await world.close();
  }
});

it.each([[{}], [{ container: "a", service: "b" }], [{ service: "a b" }]])("%j is refused", (settings) => {
  const config = { kind: "docker-health", connection: "swarm", ...settings };
  expect(dockerHealth.schema.safeParse(config).success).toBe(false);
});
