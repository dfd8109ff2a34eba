/** As much of a Docker engine as sends signals and restarts. Like the real one, it finds containers by a part of their names. */
import { createServer, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextWith } from "./context.ts";
import { createDockerClient } from "../../../src/connections/docker/client.ts";
import type { Reload } from "../../../src/domain/ports.ts";
import { dockerSignal } from "../../../src/reloads/docker-signal.ts";
import type { ReloadWorld } from "../describe-reload.ts";

export interface StandInContainer {
  readonly id: string;
  readonly name: string;
  readonly service?: string;
  running: boolean;
  readonly signals: string[];
}

export interface DockerWorld extends ReloadWorld {
  readonly containers: readonly StandInContainer[];
  connectTo(settings: object): Promise<Reload>;
}

interface Filters {
  readonly name?: readonly string[];
  readonly label?: readonly string[];
}

const SERVICE = "com.docker.swarm.service.name";

export async function startDockerWorld(
  settings: object,
  own: readonly string[],
  onKill = (_container: StandInContainer) => {},
  connectAs: (config: object, client: unknown) => Promise<Reload> = signalling,
): Promise<DockerWorld> {
  const containers = [
    container("cafe01", "sam"),
    container("cafe02", "sam-2"),
    container("cafe03", "cafe"),
    container("cafe04", "api.1.x", "api"),
    container("cafe05", "api.2.y", "api"),
    container("cafe06", "api-prod.1.z", "api-prod"),
    { ...container("cafe07", "api.3.w", "api"), running: false },
  ];
  const folder = mkdtempSync(join(tmpdir(), "keyturn-docker-"));
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://docker");
    const path = pathname.replace(/^\/v\d+\.\d+/, "");
    if (path === "/version") return answer(response, 200, { ApiVersion: "1.41" });
    if (path === "/containers/json")
      return answer(response, 200, list(containers, searchParams.get("filters") ?? "{}"));
    const [, id, verb] = /^\/containers\/(\w+)\/(kill|restart)$/.exec(path) ?? [];
    const killed = containers.find((each) => each.id === id);
    if (killed === undefined) return answer(response, 404, { message: "No such container" });
    onKill(killed);
    if (!killed.running) return answer(response, 409, { message: `Container ${killed.id} is not running` });
    killed.signals.push(searchParams.get("signal") ?? verb ?? "");
    return answer(response, 204, null);
  });
  const socket = join(folder, "docker.sock");
  server.listen(socket);
  await once(server, "listening");
  const client = createDockerClient({ kind: "docker", host: `unix://${socket}` }, {});
  const connectTo = (wanted: object): Promise<Reload> =>
    connectAs({ connection: "swarm", ...wanted }, client);
  const mine = containers.filter(({ id }) => own.includes(id));
  return {
    containers,
    connectTo,
    connect: () => connectTo(settings),
    connectOther: () => connectTo({ container: "cafe" }),
    count: async () => Math.max(...mine.map(({ signals }) => signals.length)),
    bystanders: async () =>
      containers.filter((each) => !mine.includes(each)).flatMap(({ signals }) => signals).length,
    async breakProcess() {
      for (const each of mine) each.running = false;
    },
    brokenCode: "process-not-running",
    canary: "nothing-is-printed",
    async close() {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true });
    },
  };
}

function signalling(config: object, client: unknown): Promise<Reload> {
  return dockerSignal.connect(
    dockerSignal.schema.parse({ kind: "docker-signal", ...config }),
    contextWith(client),
  );
}

function container(id: string, name: string, service?: string): StandInContainer {
  return { id, name, running: true, signals: [], ...(service === undefined ? {} : { service }) };
}

/** Docker's filters: a part of the name, and a label's exact value. Those that do not run are listed too: the engine's answer may be old. */
function list(containers: readonly StandInContainer[], filters: string): readonly object[] {
  const { name, label } = JSON.parse(filters) as Filters;
  return containers
    .filter((each) => name === undefined || name.some((part) => each.name.includes(part)))
    .filter((each) => label === undefined || label.includes(`${SERVICE}=${each.service ?? ""}`))
    .map((each) => ({ Id: each.id, Names: [`/${each.name}`] }));
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === null ? undefined : JSON.stringify(body));
}
