/** A Docker engine: opened lazily, its API version negotiated once, its swarm read and changed with plain calls. */
import { readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type Docker from "dockerode";
import { RotationError } from "../../domain/errors.ts";
import { expandPath, type Environment } from "../../domain/expand-path.ts";
import { callEngine, type CallOrder } from "./call.ts";
import type { DockerConnectionConfig } from "./schema.ts";

/** The oldest API that has all that is used here (Docker 20.10). */
const OLDEST_API = "1.41";

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
    return callEngine(await this.#open(signal), this.host, order, signal);
  }

  /** First calls at the same time may each ask; none depends on another one's abort. */
  async #open(signal: AbortSignal): Promise<Docker> {
    this.#opened ??= await this.#negotiate(signal);
    return this.#opened;
  }

  async #negotiate(signal: AbortSignal): Promise<Docker> {
    const dockerode = await import("dockerode");
    const options = await this.#options();
    const unversioned = new dockerode.default(options);
    const order = { method: "GET", path: "/version", what: "read the version" } as const;
    const answer = (await callEngine(unversioned, this.host, order, signal)) as {
      ApiVersion?: unknown;
    } | null;
    const version = answer?.ApiVersion;
    if (typeof version !== "string" || !/^\d+\.\d+$/.test(version)) {
      throw new RotationError("unexpected-answer", {
        kind: "rejected",
        message: `${this.host} does not answer like a Docker engine`,
        hint: "Check the connection's host.",
      });
    }
    if (isOlder(version, OLDEST_API)) {
      throw new RotationError("unexpected-answer", {
        kind: "rejected",
        message: `the engine at ${this.host} speaks API ${version}; keyturn needs ${OLDEST_API}`,
        hint: "Upgrade the engine to Docker 20.10 or newer.",
      });
    }
    // The engine's own version, not the oldest that would do: a spec that is read with an older one and written back
    // would lose the fields that are newer.
    return new dockerode.default({ ...options, version: `v${version}` });
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
    const [ca, cert, key] = await Promise.all(
      [this.#tls.caFile, this.#tls.certFile, this.#tls.keyFile].map((path) =>
        readCredential(path, this.#env),
      ),
    );
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

async function readCredential(path: string, env: Environment): Promise<string> {
  try {
    return await readFile(expandPath(path, env), "utf8");
  } catch (thrown) {
    if (thrown instanceof RotationError) throw thrown;
    const code = (thrown as NodeJS.ErrnoException).code ?? "unknown error";
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `could not read ${path} (${code})`,
      hint: "Check the connection's tls block.",
    });
  }
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split(".").map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}
