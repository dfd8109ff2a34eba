/**
 * A stand-in for a swarm manager's Docker engine on a unix socket: enough of the Engine API 1.41 to rotate a secret,
 * and hostile by default: others update services meanwhile, lists come in any order, old tasks linger, and refusals
 * quote the request. `inject` adds one fault at a time; the seed makes a run repeatable.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../../../src/domain/time.ts";
import type { StandInContainer, StandInSpec } from "./model.ts";
import { Refused, SwarmState, type Word } from "./swarm-state.ts";
import {
  containerOnWire,
  infoOnWire,
  nodesOnWire,
  secretOnWire,
  serviceOnWire,
  taskContainersOnWire,
  taskOnWire,
  versionOnWire,
} from "./wire.ts";

/** What happens to the next request that matches. */
export interface Fault {
  readonly method: "GET" | "POST" | "DELETE";
  /** Part of the path. */
  readonly path: string;
  /**
   * `lost-answer`: done, then cut. `cut`: not done, cut. `hang`: not done, never answered. `garbage`: done, answered
   * with what is not JSON. `late`: cut, and done when `landLate` is called. A number: refused with that status.
   */
  readonly effect: "lost-answer" | "cut" | "hang" | "garbage" | "late" | number;
  readonly message?: string;
}

export interface DockerStandInOptions {
  readonly socket: string;
  /** Paces the roll-outs. */
  readonly clock: Clock;
  readonly seed?: number;
  readonly apiVersion?: string;
  /** False: every swarm call is refused as by an engine that is no manager. */
  readonly manager?: boolean;
  /** How often somebody else's update slips between a read and a write, from 0 to 1. */
  readonly meddling?: number;
  readonly poison?: string;
}

export interface DockerStandIn {
  readonly host: string;
  readonly swarm: SwarmState;
  /** May be changed at any time. */
  readonly containers: StandInContainer[];
  /** Requests so far, as `METHOD /path`. */
  readonly requests: readonly string[];
  /** API versions that requests named, each once. */
  readonly versions: readonly string[];
  inject(fault: Fault): void;
  /** Does what was cut as `late`; gives the statuses that nobody reads. */
  landLate(): readonly number[];
  close(): Promise<void>;
}

export async function startDockerStandIn(options: DockerStandInOptions): Promise<DockerStandIn> {
  const closing = new AbortController();
  const random = seeded(options.seed ?? 1);
  const swarm = new SwarmState({
    poison: options.poison ?? "poison",
    random,
    closing: closing.signal,
    clock: options.clock,
  });
  const containers: StandInContainer[] = [];
  const faults: Fault[] = [];
  const requests: string[] = [];
  const versions: string[] = [];
  const late: (() => Reply)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    void answer({ options, swarm, containers, faults, random, requests, versions, late }, request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.socket, resolve);
  });
  return {
    host: `unix://${server.address() as string & AddressInfo}`,
    swarm,
    containers,
    requests,
    versions,
    inject: (fault) => void faults.push(fault),
    landLate: () => late.splice(0).map((act) => act().status),
    async close() {
      closing.abort();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Scene {
  readonly options: DockerStandInOptions;
  readonly swarm: SwarmState;
  readonly containers: readonly StandInContainer[];
  readonly faults: Fault[];
  readonly random: () => number;
  readonly requests: string[];
  readonly versions: string[];
  readonly late: (() => Reply)[];
}

async function answer(scene: Scene, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await bodyOf(request);
  const url = new URL(request.url ?? "/", "http://engine");
  const [, version, path] = /^(?:\/v([\d.]+))?(\/.*)$/.exec(url.pathname) ?? [];
  if (path === undefined) return void request.socket.destroy();
  if (version !== undefined && !scene.versions.includes(version)) scene.versions.push(version);
  scene.requests.push(`${request.method} ${path}`);
  const fault = takeFault(scene.faults, request.method, path);
  if (fault?.effect === "hang") return;
  if (fault?.effect === "cut") return void request.socket.destroy();
  const perform = (): Reply => act(scene, request.method, path, url, text);
  if (fault?.effect === "late") {
    scene.late.push(perform);
    return void request.socket.destroy();
  }
  const reply =
    typeof fault?.effect === "number"
      ? { status: fault.effect, body: { message: fault.message ?? "no" } }
      : perform();
  if (fault?.effect === "lost-answer") return void request.socket.destroy();
  if (fault?.effect === "garbage") return void response.end("<html>");
  response.writeHead(reply.status, { "content-type": "application/json" });
  response.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

function act(scene: Scene, method: string | undefined, path: string, url: URL, text: string): Reply {
  try {
    return route(scene, method, path, url, text);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    // Quoting the request is the hostile part: what was sent must not come back in an error of the client.
    return { status: thrown.status, body: { message: `${thrown.message} (in ${text.slice(0, 2000)})` } };
  }
}

function route(scene: Scene, method: string | undefined, path: string, url: URL, text: string): Reply {
  const { swarm, options } = scene;
  const isManager = options.manager !== false;
  if (path === "/version") return ok(versionOnWire(options.apiVersion ?? "1.41"));
  if (`${method} ${path}` === "GET /info") return ok(infoOnWire(isManager));
  if (`${method} ${path}` === "GET /containers/json")
    return list(scene, [...scene.containers.map(containerOnWire), ...taskContainersOnWire(swarm)]);
  if (!isManager) {
    throw new Refused(
      503,
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join".',
    );
  }
  const [, kind, id, verb] = path.split("/");
  switch (`${method} ${kind}${id === undefined ? "" : verb === undefined ? "/ID" : `/ID/${verb}`}`) {
    case "GET secrets":
    case "GET configs":
      return list(scene, swarm[kind as "secrets" | "configs"].map(secretOnWire));
    case "POST secrets/ID":
    case "POST configs/ID": {
      const order = JSON.parse(text) as { Name: string; Labels?: Record<string, string>; Data: string };
      const content = Buffer.from(order.Data, "base64").toString();
      const made = swarm.create(kind?.slice(0, -1) as Word, order.Name, order.Labels ?? {}, content);
      return { status: 201, body: { ID: made.id } };
    }
    case "DELETE secrets/ID":
    case "DELETE configs/ID":
      swarm.remove(kind?.slice(0, -1) as Word, id ?? "");
      return { status: 204 };
    case "GET services":
      return list(scene, swarm.services.map(serviceOnWire));
    case "POST services/ID/update":
      meddle(scene, id ?? "");
      swarm.updateService(id ?? "", Number(url.searchParams.get("version")), JSON.parse(text) as StandInSpec);
      return { status: 200, body: { Warnings: null } };
    case "GET nodes":
      return list(scene, nodesOnWire());
    case "GET tasks":
      return list(scene, tasksOf(swarm, url).map(taskOnWire));
    default:
      throw new Refused(404, `page not found: ${method} ${path}`);
  }
}

function ok(body: object): Reply {
  return { status: 200, body };
}

function tasksOf(swarm: SwarmState, url: URL): SwarmState["tasks"] {
  const filters = JSON.parse(url.searchParams.get("filters") ?? "{}") as { service?: string[] };
  return swarm.tasks.filter(
    (task) => filters.service === undefined || filters.service.includes(task.service),
  );
}

function meddle(scene: Scene, id: string): void {
  const service = scene.swarm.services.find((candidate) => candidate.id === id);
  if (service !== undefined && scene.random() < (scene.options.meddling ?? 0.3)) scene.swarm.touch(service);
}

/** The engine promises no order. */
function list(scene: Scene, items: readonly object[]): Reply {
  const ranked = items.map((item) => ({ item, rank: scene.random() }));
  return { status: 200, body: ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item) };
}

function takeFault(faults: Fault[], method: string | undefined, path: string): Fault | undefined {
  const at = faults.findIndex((fault) => fault.method === method && path.includes(fault.path));
  return at < 0 ? undefined : faults.splice(at, 1)[0];
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** mulberry32: small, and good enough to shuffle with. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
