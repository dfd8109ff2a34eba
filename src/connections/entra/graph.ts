/** Calls Microsoft Graph through its SDK, without the SDK's own retries and redirects. */
import type { Context as GraphContext, GraphRequest, Middleware } from "@microsoft/microsoft-graph-client";
import { RotationError } from "../../domain/errors.ts";
import type { Clock } from "../../domain/time.ts";
import type { AdminSignIn } from "./admin-sign-in.ts";
import { BackOff, parseRetryAfter } from "./back-off.ts";
import { graphError, readGraphError, type GraphRefusal } from "./graph-error.ts";
import { abortedBefore, transportError, type CallFacts } from "./transport-error.ts";
import { TransportFailure, type Transport } from "./transport.ts";

export interface GraphCall {
  /** What it does, for people: `add a password`. */
  readonly what: string;
  readonly method: "GET" | "POST" | "PATCH";
  /** Below `/v1.0`. */
  readonly path: string;
  readonly body?: unknown;
}

export interface GraphOptions {
  readonly graphUrl: string;
  readonly admin: AdminSignIn;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** Graph's refusal beside the error it becomes, for callers to whom one of them is not an error. */
export type GraphResult =
  { readonly body: unknown } | { readonly refusal: GraphRefusal; readonly error: RotationError };

export class Graph {
  readonly #options: GraphOptions;
  readonly #backOff: BackOff;

  constructor(options: GraphOptions) {
    this.#options = options;
    this.#backOff = new BackOff("Microsoft Graph", options.clock);
  }

  /** The answer's body; throws for every refusal. */
  async call(call: GraphCall, signal: AbortSignal): Promise<unknown> {
    const result = await this.attempt(call, signal);
    if ("error" in result) throw result.error;
    return result.body;
  }

  async attempt(call: GraphCall, signal: AbortSignal): Promise<GraphResult> {
    const facts: CallFacts = {
      what: call.what,
      host: new URL(this.#options.graphUrl).host,
      writes: call.method !== "GET",
    };
    if (signal.aborted) throw abortedBefore(facts);
    this.#backOff.check();
    // Signed in before the request is made: a failure to do so leaves no doubt that nothing was written.
    const token = await this.#options.admin.token(signal);
    const sent = new SendThroughTransport(this.#options.transport, signal);
    const client = await this.#client(() => token.reveal((text) => text), sent);
    const request = client.api(call.path);
    try {
      const body: unknown = await dispatch(request, call);
      this.#backOff.succeeded();
      return { body };
    } catch (error) {
      if (sent.failure !== null) throw transportError(sent.failure, facts);
      const refusal = readGraphError(error);
      if (refusal === null) throw unreadable(facts, sent.sent);
      return { refusal, error: this.#refused(refusal, facts) };
    }
  }

  #refused(refusal: GraphRefusal, facts: CallFacts): RotationError {
    if (refusal.status === 429)
      return this.#backOff.slowDown(parseRetryAfter(refusal.retryAfter, this.#options.clock.now()));
    if (refusal.status === 401) this.#options.admin.forget();
    return graphError(refusal, facts);
  }

  async #client(token: () => string, last: Middleware) {
    const { AuthenticationHandler, Client } = await import("@microsoft/microsoft-graph-client");
    // A chain of our own: the default one repeats a POST on 429, 503 and 504, which can make a second secret.
    const authenticate = new AuthenticationHandler({ getAccessToken: () => Promise.resolve(token()) });
    return Client.initWithMiddleware({
      baseUrl: this.#options.graphUrl,
      // Without the port; of a host that is not in here the SDK silently omits the token.
      customHosts: new Set([new URL(this.#options.graphUrl).hostname]),
      middleware: [authenticate, last],
    });
  }
}

function dispatch(request: GraphRequest, { method, body }: GraphCall): Promise<unknown> {
  switch (method) {
    case "GET":
      return request.get();
    case "POST":
      return request.post(body);
    case "PATCH":
      return request.patch(body);
  }
}

/** The end of the SDK's middleware chain. */
class SendThroughTransport implements Middleware {
  failure: TransportFailure | null = null;
  sent = false;
  readonly #transport: Transport;
  readonly #signal: AbortSignal;

  constructor(transport: Transport, signal: AbortSignal) {
    this.#transport = transport;
    this.#signal = signal;
  }

  async execute(context: GraphContext): Promise<void> {
    const { method = "GET", headers, body } = context.options ?? {};
    const text = typeof body === "string" ? body : null;
    this.sent = true;
    try {
      const answer = await this.#transport.send({
        url: String(context.request),
        method,
        headers: Object.fromEntries(new Headers(headers as Record<string, string>)),
        body: text,
        signal: this.#signal,
      });
      const empty = answer.status === 204 || answer.status === 304;
      context.response = new Response(empty ? null : answer.text, {
        status: answer.status,
        headers: answer.headers,
      });
    } catch (error) {
      this.failure = error instanceof TransportFailure ? error : new TransportFailure("cut", null);
      throw this.failure;
    }
  }
}

function unreadable(facts: CallFacts, sent: boolean): RotationError {
  return new RotationError("unexpected-answer", {
    kind: facts.writes && sent ? "outcome-unknown" : "rejected",
    message: `could not ${facts.what} at ${facts.host}: the exchange could not be understood`,
    hint: "Check graphUrl, and whether a proxy answers in Graph's place.",
  });
}
