/** An HTTP server that nobody can hold up: slow, huge, broken and very many requests cost them, not the daemon. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { asRotationError, recordError } from "../domain/errors.ts";
import { SECOND_MS } from "../domain/time.ts";

const MOST_CONNECTIONS = 64;
const MOST_HEADER_BYTES = 8_192;
const HEADERS_MS = 5 * SECOND_MS;
const REQUEST_MS = 15 * SECOND_MS;

export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function hardenedServer(handle: Handle): Server {
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: HEADERS_MS,
      connectionsCheckingInterval: HEADERS_MS,
      // A request without Host is as good on a socket of ours.
      requireHostHeader: false,
    },
    (request, response) => {
      response.setHeader("cache-control", "no-store");
      handle(request, response).catch((thrown: unknown) => apologize(response, thrown));
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on("clientError", (_error, socket) => socket.destroy());
  return server;
}

/** What could not be answered, the journal for one: said while it still can be. */
function apologize(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent || !response.writable) return void response.destroy();
  send(response, 503, `${JSON.stringify({ error: recordError(asRotationError(thrown)) })}\n`);
}

export function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...(status >= 400 ? { connection: "close" } : {}),
  });
  response.end(body);
}

/** The whole body as text; null when it is longer than `most` bytes. Rejects when the client goes away. */
export async function readBody(request: IncomingMessage, most: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  server.closeAllConnections();
  await closed;
}
