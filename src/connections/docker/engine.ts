/** A Docker engine: opened lazily, its API version negotiated once, its swarm read and changed with plain calls. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type Docker from "dockerode";
import { RotationError } from "../../domain/errors.ts";
import type { Environment } from "../../domain/expand-path.ts";
import { callEngine, dialWith, type CallOrder } from "./call.ts";
import { readTls } from "./tls.ts";
import type { DockerConnectionConfig } from "./schema.ts";

/** The oldest API that has all that is used here (Docker 20.10). */
const OLDEST_API = "1.41";

export interface EngineVersion {
  /** `1.41` */
  readonly api: string;
  /** `20.10.24`; null when it does not say. */
  readonly release: string | null;
}

export class DockerEngine {
  readonly host: string;
  readonly #tls: DockerConnectionConfig["tls"];
  readonly #env: Environment;
  #opened: Docker | null = null;

  /** `env` fills in the variables in the paths of the TLS files. */
  constructor(host: string, tls: DockerConnectionConfig["tls"], env: Environment) {
    this.host = host;
    this.#tls = tls;
    this.#env = env;
  }

  async call(order: CallOrder, signal: AbortSignal): Promise<unknown> {
    return callEngine(dialWith(await this.#open(signal)), this.host, order, signal);
  }

  /** What it says of itself, whatever API it speaks. */
  async version(signal: AbortSignal): Promise<EngineVersion> {
    const dockerode = await import("dockerode");
    const unversioned = new dockerode.default(await this.#options());
    const order = { method: "GET", path: "/version", what: "read the version" } as const;
    return readVersion(await callEngine(dialWith(unversioned), this.host, order, signal), this.host);
  }

  /** First calls at the same time may each ask; none depends on another one's abort. */
  async #open(signal: AbortSignal): Promise<Docker> {
    this.#opened ??= await this.#negotiate(signal);
    return this.#opened;
  }

  async #negotiate(signal: AbortSignal): Promise<Docker> {
    const dockerode = await import("dockerode");
    const options = await this.#options();
    const { api } = await this.version(signal);
    if (isTooOld(api)) throw tooOld(api, this.host);
    // The engine's own version, not the oldest that would do: a spec that is read with an older one and written back
    // would lose the fields that are newer.
    return new dockerode.default({ ...options, version: `v${api}` });
  }

  async #options(): Promise<Docker.DockerOptions> {
    // No keep-alive: a request on a socket that the engine just closed would end as "outcome unknown".
    // Every option is given, or docker-modem takes it from DOCKER_HOST and its like.
    if (this.host.startsWith("unix://")) {
      const socketPath = this.host.slice("unix://".length);
      return {
        socketPath,
        host: undefined,
        protocol: "http",
        agent: new HttpAgent({ keepAlive: false }),
        ...NO_TLS,
      } as Docker.DockerOptions;
    }
    const { hostname, port } = new URL(this.host);
    const at = { socketPath: undefined, host: hostname, port, pathPrefix: "/", timeout: undefined };
    if (this.#tls === undefined) {
      return {
        ...at,
        ...NO_TLS,
        protocol: "http",
        agent: new HttpAgent({ keepAlive: false }),
      } as Docker.DockerOptions;
    }
    const { ca, cert, key } = await readTls(this.#tls, this.#env);
    return {
      ...at,
      ca,
      cert,
      key,
      protocol: "https",
      agent: new HttpsAgent({ keepAlive: false }),
    } as Docker.DockerOptions;
  }
}

const NO_TLS = { ca: undefined, cert: undefined, key: undefined, timeout: undefined };

function readVersion(answer: unknown, host: string): EngineVersion {
  const { ApiVersion: api, Version: release } = (answer ?? {}) as { ApiVersion?: unknown; Version?: unknown };
  if (typeof api !== "string" || !/^\d+\.\d+$/.test(api)) {
    throw new RotationError("unexpected-answer", {
      kind: "rejected",
      message: `${host} does not answer like a Docker engine`,
      hint: "Check the connection's host.",
    });
  }
  return { api, release: typeof release === "string" && /^[\w.+~-]{1,60}$/.test(release) ? release : null };
}

export function isTooOld(api: string): boolean {
  const [major = 0, minor = 0] = api.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_API.split(".").map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

export function tooOld(api: string, host: string): RotationError {
  return new RotationError("unexpected-answer", {
    kind: "rejected",
    message: `the engine at ${host} speaks API ${api}; keyturn needs ${OLDEST_API}`,
    hint: "Upgrade the engine to Docker 20.10 or newer.",
  });
}
