/** The routes of both sockets and of the health page. Which of them answer is a matter of the role. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { asRotationError, recordError, type RecordedError } from "../domain/errors.ts";
import type { Face, Role } from "./face.ts";
import { readBody, send, type Handle } from "./server.ts";
import { parseWorkRequest } from "./work-request.ts";

const MOST_BODY_BYTES = 256 * 1024;
/** What a reader may leave unread of what it follows. */
const MOST_BACKLOG_BYTES = 8 * 1024 * 1024;
const MOST_RUNS = 1_000;

/** `/healthz` and `/readyz`: what a load balancer or a container asks. */
export function healthRoutes(face: Face): Handle {
  return async (request, response) => {
    const path = pathOf(request);
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "GET only");
    if (path === "/healthz") return answerHealth(response, face.alive);
    if (path === "/readyz") return answerHealth(response, face.ready);
    refuse(response, 404, "there is no such page");
  };
}

export function controlRoutes(face: Face, role: Role): Handle {
  const health = healthRoutes(face);
  return async (request, response) => {
    const url = new URL(request.url ?? "/", "http://socket");
    if (url.pathname === "/v1/work") return work(request, response, face, role);
    if (request.method !== "GET" || !url.pathname.startsWith("/v1/")) return health(request, response);
    const document = read(face, url);
    if (document === null) refuse(response, 404, "there is no such thing");
    else send(response, 200, document);
  };
}

function read(face: Face, { pathname, searchParams }: URL): string | null {
  if (pathname === "/v1/status") return face.status();
  if (pathname === "/v1/history") {
    const limit = Number(searchParams.get("limit") ?? 20);
    return face.history(searchParams.get("secret"), Math.min(Math.max(1, Math.trunc(limit) || 1), MOST_RUNS));
  }
  const run = /^\/v1\/runs\/([0-9a-z]{1,64})$/.exec(pathname)?.[1];
  return run === undefined ? null : face.run(run);
}

/** Streams the records that the work brings, a line each, and last its result. Whoever stops reading stops nothing. */
async function work(
  request: IncomingMessage,
  response: ServerResponse,
  face: Face,
  role: Role,
): Promise<void> {
  if (role !== "operator")
    return refuse(response, 403, "this socket is for looking; changes go through the operator's");
  if (request.method !== "POST") return refuse(response, 405, "POST only");
  const body = await readBody(request, MOST_BODY_BYTES);
  if (body === null) return refuse(response, 413, `a request has at most ${MOST_BODY_BYTES} bytes`);
  const asked = parseWorkRequest(body, (claimed) => actorOf(role, claimed));
  if (asked === null) return refuse(response, 400, "this is not a request that keyturn understands");
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const tell = (line: object): void => {
    if (response.writableLength > MOST_BACKLOG_BYTES) response.destroy();
    else if (response.writable) response.write(`${JSON.stringify(line)}\n`);
  };
  try {
    const result = await face.ask(asked, (entry) => tell({ type: "entry", entry }));
    tell({ type: "result", result });
  } catch (thrown) {
    tell({ type: "error", error: recordError(asRotationError(thrown)) });
  }
  response.end();
}

/** The socket vouches for the role; who somebody is, the system does not tell us: that is only claimed. */
function actorOf(role: Role, claimed: string | null): string {
  return claimed === null ? role : `${role} (claims to be ${claimed})`;
}

function answerHealth(response: ServerResponse, ok: boolean): void {
  send(response, ok ? 200 : 503, `${JSON.stringify({ ok })}\n`);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const error: RecordedError = { code: "usage", kind: "rejected", message, hint: null };
  send(response, status, `${JSON.stringify({ error })}\n`);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0] ?? "/";
}
