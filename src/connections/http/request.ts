/** One request: no redirect is followed, no connection is kept, and no more is read than a small page has. */
import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";

const BODY_LIMIT = 1024 * 1024;

export interface Order {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  /** Certificates to trust; `null` for Node's own list. */
  readonly ca: readonly string[] | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly wantsBody: boolean;
}

export interface Answer {
  readonly status: number;
  /** `null` when it was not wanted. */
  readonly body: Buffer | null;
}

/** The answer is larger than any that is wanted here. */
export class AnswerTooLarge extends Error {}

export function send(order: Order, signal: AbortSignal): Promise<Answer> {
  const { method, url, ca, wantsBody } = order;
  return new Promise((resolve, reject) => {
    const headers = { "user-agent": "keyturn", ...order.headers };
    const options = { agent: false, method, headers, signal } as const;
    const tls = ca === null ? {} : { ca: [...ca] };
    const request =
      url.protocol === "https:" ? requestHttps(url, { ...options, ...tls }) : requestHttp(url, options);
    request.on("error", reject);
    request.once("response", (response) => {
      const status = response.statusCode ?? 0;
      const body = wantsBody ? readBody(response) : Promise.resolve(null);
      body.then((bytes) => resolve({ status, body: bytes }), reject).finally(() => request.destroy());
    });
    request.end(order.body);
  });
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new AnswerTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
}
