/** The stand-in's HTTPS server: which endpoint a request is for, and which fault befalls it. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../domain/system-clock.ts";
import type { ServerCertificate } from "../tls/authority.ts";
import type { Directory } from "./directory.ts";
import { misbehave, readBody, send, type Answer, type ErrorWriter } from "./exchange.ts";
import type { Faults, Operation } from "./faults.ts";
import { GraphEndpoint } from "./graph-endpoint.ts";
import { discoveryDocument, grantToken, oauthError, type Issuance } from "./token-endpoint.ts";

export interface RequestSeen {
  readonly operation: Operation;
  /** `GET /v1.0/applications/…`, without the query. */
  readonly line: string;
  readonly clientId: string | null;
  /** The User-Agent header, which tells an application's sign-ins from keyturn's with the same secret. */
  readonly agent: string | null;
  /** null when no answer was sent. */
  readonly status: number | null;
  readonly at: number;
}

export interface TenantServerOptions {
  readonly tenant: string;
  readonly directory: Directory;
  readonly faults: Faults;
  readonly clock: { now(): number };
  readonly certificate: ServerCertificate;
  /** How long each answer takes, as over a network. */
  readonly latencyMs: number;
}

export interface TenantServer {
  readonly origin: string;
  /** Every request that reached an operation, in order of its answer. */
  readonly requests: readonly RequestSeen[];
  close(): Promise<void>;
}

/** `operation` null: neither faults nor the log concern it. */
interface Route {
  readonly operation: Operation | null;
  readonly clientId: string | null;
  readonly act: () => Answer;
  readonly error: ErrorWriter;
}

export async function startTenantServer(options: TenantServerOptions): Promise<TenantServer> {
  const { tenant, directory, faults, clock, certificate, latencyMs } = options;
  const closing = new AbortController();
  const server = createServer({ cert: certificate.certPem, key: certificate.keyPem }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const issuance: Issuance = { tenant, origin, directory, tokens: new Map() };
  const graph = new GraphEndpoint(directory, clock);
  const requests: RequestSeen[] = [];

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => response.socket?.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", origin);
    const body = await readBody(request);
    response.setHeader("date", new Date(clock.now()).toUTCString());
    const { operation, clientId, act, error } = url.pathname.startsWith("/v1.0/")
      ? graphRoute(request, url, body, graph, issuance)
      : tokenRoute(request, url, body, issuance, clock.now());
    if (latencyMs > 0) await systemClock.sleep(latencyMs, closing.signal);
    const fault = operation === null ? null : faults.take(operation);
    const status = fault === null ? answer(response, act()) : misbehave(fault, response, act, error);
    if (operation === null) return;
    const agent = request.headers["user-agent"] ?? null;
    const line = `${request.method ?? "GET"} ${url.pathname}`;
    requests.push({ operation, line, clientId, agent, status, at: clock.now() });
  }

  return {
    origin,
    requests,
    async close() {
      closing.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, what: Answer): number {
  send(response, what);
  return what.status;
}

function graphRoute(
  request: IncomingMessage,
  url: URL,
  body: string,
  graph: GraphEndpoint,
  issuance: Issuance,
): Route {
  const error: ErrorWriter = (status, code, message) => graph.error(status, code, message);
  const none = { operation: null, clientId: null, error };
  const bearer = issuance.tokens.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
  if (bearer === undefined) {
    return {
      ...none,
      act: () => error(401, "InvalidAuthenticationToken", "Access token is empty or invalid."),
    };
  }
  const call = graph.route({ method: request.method ?? "GET", url, body, bearer });
  if (call === null)
    return { ...none, act: () => error(400, "BadRequest", "Resource not found for the segment.") };
  return { ...call, clientId: bearer.clientId, error };
}

function tokenRoute(
  request: IncomingMessage,
  url: URL,
  body: string,
  issuance: Issuance,
  now: number,
): Route {
  const { tenant, origin } = issuance;
  const error: ErrorWriter = (status, code, message) => oauthError(status, code, 90033, message, now);
  switch (`${request.method ?? "GET"} ${url.pathname}`) {
    case `GET /${tenant}/v2.0/.well-known/openid-configuration`:
      return { operation: "discovery", clientId: null, act: () => discoveryDocument(tenant, origin), error };
    case `POST /${tenant}/oauth2/v2.0/token`: {
      const form = new URLSearchParams(body);
      return {
        operation: "token",
        clientId: form.get("client_id"),
        act: () => grantToken(form, issuance, now),
        error,
      };
    }
    default:
      return {
        operation: null,
        clientId: null,
        act: () => oauthError(400, "invalid_tenant", 90002, "Tenant not found.", now),
        error,
      };
  }
}
