/**
 * A Docker engine over plain HTTP, ready at once: dockerode takes 230 ms to load and asks for the engine's version first.
 * Paths without a version mean the engine's own newest API, so a spec that is read and written back loses nothing.
 */
import {
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { request as requestHttps } from "node:https";
import type { Environment } from "../../domain/expand-path.ts";
import { callEngine, type CallOrder } from "./call.ts";
import type { DockerConnectionConfig } from "./schema.ts";
import type { Caller } from "./swarm.ts";
import { readTls } from "./tls.ts";

/** More than any answer that is looked at has; what an engine sends beyond is not kept in memory. */
const MOST_BYTES = 64 * 1024 * 1024;

export class DirectEngine implements Caller {
  readonly host: string;
  readonly #tls: DockerConnectionConfig["tls"];
  readonly #env: Environment;

  constructor(host: string, tls: DockerConnectionConfig["tls"], env: Environment) {
    this.host = host;
    this.#tls = tls;
    this.#env = env;
  }

  call(order: CallOrder, signal: AbortSignal): Promise<unknown> {
    const dial = async (each: CallOrder, inner: AbortSignal) => parsed(await this.#send(each, inner));
    return callEngine(dial, this.host, order, signal);
  }

  /** The bytes of the answer as they are: of logs, for one. */
  async bytes(order: CallOrder, signal: AbortSignal): Promise<Buffer> {
    // SAFETY of the cast: what is dialled with gives a Buffer.
    return (await callEngine((each, inner) => this.#send(each, inner), this.host, order, signal)) as Buffer;
  }

  /** Sends an archive. */
  async upload(order: CallOrder, archive: Buffer, signal: AbortSignal): Promise<void> {
    await callEngine((each, inner) => this.#send(each, inner, archive), this.host, order, signal);
  }

  async #send(order: CallOrder, signal: AbortSignal, archive?: Buffer): Promise<Buffer> {
    const request = await this.#request(order, signal);
    if (archive !== undefined) request.setHeader("content-type", "application/x-tar");
    return new Promise((resolve, reject) => {
      request.once("error", reject);
      request.once("response", (response) => void collect(response).then(resolve, reject));
      request.end(archive ?? (order.body === undefined ? undefined : JSON.stringify(order.body)));
    });
  }

  async #request({ method, path, query, body }: CallOrder, signal: AbortSignal): Promise<ClientRequest> {
    const search = new URLSearchParams(
      Object.entries(query ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
    );
    const options: RequestOptions = {
      method,
      path: search.size === 0 ? path : `${path}?${search.toString()}`,
      signal,
      // A socket that is kept may just be closing: such a call would end as "outcome unknown".
      agent: false,
      headers: { host: "docker", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    };
    if (this.host.startsWith("unix://"))
      return requestHttp({ ...options, socketPath: this.host.slice("unix://".length) });
    const { hostname, port } = new URL(this.host);
    if (this.#tls === undefined) return requestHttp({ ...options, hostname, port });
    return requestHttps({ ...options, hostname, port, ...(await readTls(this.#tls, this.#env)) });
  }
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) break;
    chunks.push(chunk);
  }
  const whole = Buffer.concat(chunks);
  const { statusCode = 0 } = response;
  if (statusCode >= 200 && statusCode < 300) return whole;
  throw new Refused(statusCode, parsed(whole));
}

/** What `callEngine` reads of a refusal. */
class Refused extends Error {
  readonly statusCode: number;
  readonly json: unknown;

  constructor(statusCode: number, json: unknown) {
    super(`HTTP ${statusCode}`);
    this.statusCode = statusCode;
    this.json = json;
  }
}

function parsed(whole: Buffer): unknown {
  if (whole.length === 0) return null;
  const text = whole.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
