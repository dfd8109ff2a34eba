/** A socket in front of an engine that lets everything through but what a test takes out. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { RealSwarm } from "../docker/start-swarm.ts";

export interface FlawedEngine {
  readonly host: string;
  /** Requests that are answered with 500, by method and path. */
  refuses: (line: string) => boolean;
  close(): Promise<void>;
}

export async function startFlawedEngine(swarm: RealSwarm): Promise<FlawedEngine> {
  engines += 1;
  const path = join(swarm.folder, `flawed-${engines}.sock`);
  const flawed: { refuses: FlawedEngine["refuses"] } = { refuses: () => false };
  const server = createServer((near, answer) => {
    if (flawed.refuses(`${near.method ?? ""} ${near.url ?? ""}`)) {
      near.resume();
      answer.writeHead(500, { "content-type": "application/json" }).end('{"message":"it cannot be done"}');
    } else pass(near, answer, swarm.socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return Object.assign(flawed, {
    host: `unix://${path}`,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  });
}

/** A socket path is not used twice. */
let engines = 0;

function pass(near: IncomingMessage, answer: ServerResponse, socketPath: string): void {
  const { method, url: path, headers } = near;
  const far = request({ socketPath, method, path, headers, agent: false }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  far.on("error", () => answer.destroy());
  near.pipe(far);
}
