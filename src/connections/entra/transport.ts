/**
 * The one way out to a tenant, for sign-in and for Graph: a deadline on every request, extra trust, no redirects, no
 * retries, and answers of bounded size. The SDKs' own transports give none of these reliably.
 */
import { createSecureContext, getCACertificates } from "node:tls";
import type { Agent } from "undici";

export interface Outgoing {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly signal: AbortSignal;
  /** The connection is closed afterwards, so that a load balancer may choose another replica next time. */
  readonly lastOnConnection?: boolean;
}

export interface Incoming {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** With the first three nothing left this machine. */
export type TransportReason =
  "refused" | "untrusted" | "other-host" | "timeout" | "aborted" | "cut" | "too-large";

/** Holds no part of the request or the answer: either may be secret. */
export class TransportFailure extends Error {
  override readonly name = "TransportFailure";
  readonly reason: TransportReason;
  readonly networkCode: string | null;

  constructor(reason: TransportReason, networkCode: string | null) {
    super(networkCode === null ? reason : `${reason} (${networkCode})`);
    this.reason = reason;
    this.networkCode = networkCode;
  }
}

export interface TransportOptions {
  readonly timeoutMs: number;
  /** PEM; trusted beside the usual authorities. */
  readonly extraCa: string | null;
}

/** An application with 1,000 credentials answers about 300 KiB. */
const MAX_ANSWER_BYTES = 4 << 20;
const MAX_CONNECT_MS = 10_000;

export class Transport {
  readonly #options: TransportOptions;
  #agent: Agent | null = null;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  async send(outgoing: Outgoing): Promise<Incoming> {
    const agent = await this.#connected();
    const deadline = AbortSignal.timeout(this.#options.timeoutMs);
    const url = new URL(outgoing.url);
    try {
      const answer = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: outgoing.method,
        headers: outgoing.headers,
        body: outgoing.body,
        signal: AbortSignal.any([outgoing.signal, deadline]),
        reset: outgoing.lastOnConnection === true,
      });
      return { status: answer.statusCode, headers: flatten(answer.headers), text: await answer.body.text() };
    } catch (error) {
      throw classify(error, outgoing.signal, deadline);
    }
  }

  async close(): Promise<void> {
    await this.#agent?.destroy();
    this.#agent = null;
  }

  async #connected(): Promise<Agent> {
    if (this.#agent !== null) return this.#agent;
    const { Agent } = await import("undici");
    const { extraCa, timeoutMs } = this.#options;
    // One context for all connections: reading 150 authorities anew for each costs 20 ms.
    const trust =
      extraCa === null
        ? {}
        : { secureContext: createSecureContext({ ca: [...getCACertificates("default"), extraCa] }) };
    // Connecting gives up before the request's own deadline does, so that it is known that nothing was sent.
    const timeout = Math.min(MAX_CONNECT_MS, Math.ceil(timeoutMs / 2));
    this.#agent ??= new Agent({ connect: { ...trust, timeout }, maxResponseSize: MAX_ANSWER_BYTES });
    return this.#agent;
  }
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

/** Failures of connecting: the request had not left. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
]);
/** What OpenSSL and Node call a certificate that they do not accept. */
const UNTRUSTED =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|ERR_SSL_|HOSTNAME_MISMATCH|INVALID_CA)/;

function classify(error: unknown, signal: AbortSignal, deadline: AbortSignal): TransportFailure {
  const code = networkCode(error);
  if (code !== null && UNTRUSTED.test(code)) return new TransportFailure("untrusted", code);
  if (code !== null && NEVER_SENT.has(code)) return new TransportFailure("refused", code);
  if (signal.aborted) return new TransportFailure("aborted", null);
  if (deadline.aborted) return new TransportFailure("timeout", null);
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT")
    return new TransportFailure("timeout", code);
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return new TransportFailure("too-large", code);
  return new TransportFailure("cut", code);
}

/** Several addresses of one host fail as an AggregateError; the first says why. */
function networkCode(error: unknown): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) return networkCode(error.errors[0]);
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error && error.cause instanceof Error ? networkCode(error.cause) : null;
}
