/** Lets @azure/identity send through our transport, which is the only way to give its requests a deadline and a signal. */
import type { ClientSecretCredentialOptions } from "@azure/identity";
import { TransportFailure, type Incoming, type Outgoing, type Transport } from "./transport.ts";

type HttpClient = NonNullable<ClientSecretCredentialOptions["httpClient"]>;
type Request = Parameters<HttpClient["sendRequest"]>[0];
type Response = Awaited<ReturnType<HttpClient["sendRequest"]>>;
type Headers = Response["headers"];

/** What happened on the wire. Kept beside the SDK's own error, whose text may quote what was sent. */
export interface Witness {
  answer: Incoming | null;
  failure: TransportFailure | null;
}

export function identityHttpClient(
  transport: Transport,
  origin: string,
  signal: AbortSignal,
  witness: Witness,
): HttpClient {
  return {
    async sendRequest(request) {
      // The discovery document names the token endpoint; a credential must not follow it to another host.
      if (new URL(request.url).origin !== origin)
        throw (witness.failure = new TransportFailure("other-host", null));
      try {
        const answer = await transport.send(outgoing(request, signal));
        witness.answer = answer;
        return {
          request,
          status: answer.status,
          headers: new PlainHeaders(answer.headers),
          bodyAsText: answer.text,
        };
      } catch (error) {
        if (error instanceof TransportFailure) witness.failure = error;
        throw error;
      }
    },
  };
}

function outgoing(request: Request, signal: AbortSignal): Outgoing {
  // Compressed answers would escape the limit on their size.
  const { "accept-encoding": _compressed, ...headers } = request.headers.toJSON();
  const body = typeof request.body === "string" ? request.body : null;
  // The token request ends its connection: each sign-in gets one of its own, as a consumer's would.
  const lastOnConnection = request.method === "POST";
  return { url: request.url, method: request.method, headers, body, signal, lastOnConnection };
}

/** The SDK's header interface over a plain object with lower-case names. */
class PlainHeaders implements Headers {
  readonly #values: Map<string, string>;

  constructor(values: Readonly<Record<string, string>>) {
    this.#values = new Map(Object.entries(values));
  }

  get(name: string): string | undefined {
    return this.#values.get(name.toLowerCase());
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string | number | boolean): void {
    this.#values.set(name.toLowerCase(), String(value));
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.#values);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#values.entries();
  }
}
