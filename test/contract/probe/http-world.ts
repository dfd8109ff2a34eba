import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { contextWith } from "../reload/context.ts";
import type { ProbeWorld } from "../describe-probe.ts";
import type { Probe } from "../../../src/domain/ports.ts";
import { http } from "../../../src/probes/http.ts";

export const CANARY = "canary-in-body-19f2";

export interface HttpWorld extends ProbeWorld {
  readonly url: string;
  connectWith(settings: object): Promise<Probe>;
  answerWith(listener: (request: IncomingMessage, response: ServerResponse) => void): void;
}

/** `asText`: the page tells its version as text instead of a number. */
export async function startHttpWorld(
  settings: object,
  evidence: ProbeWorld["evidence"],
  asText = false,
): Promise<HttpWorld> {
  let answer = (_request: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(503).end(CANARY);
  const server = createServer((request, response) => {
    answer(request, response);
    server.emit("looked");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz?token=${CANARY}`;
  const connectWith = (wanted: object): Promise<Probe> =>
    http.connect(http.schema.parse({ kind: "http", url, every: "10ms", ...wanted }), contextWith());
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return {
    url,
    connectWith,
    connect: (within) => connectWith({ ...settings, within }),
    answerWith: (listener) => {
      answer = listener;
    },
    async pass(version) {
      answer = (_request, response) => {
        response.end(
          JSON.stringify({
            status: "ok",
            secretVersion: asText ? String(version) : version,
            "a/b": [{ "~": null }],
          }),
        );
      };
    },
    async fail() {
      answer = (_request, response) => void response.writeHead(503).end(CANARY);
    },
    async nextLook() {
      await once(server, "looked");
    },
    async breakFarSide() {
      stop();
    },
    evidence,
    seen: "HTTP 503",
    canary: CANARY,
    async close() {
      stop();
    },
  };
}
