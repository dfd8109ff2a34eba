/** One GET: no redirect is followed, no connection is kept, and no more is read than a health page has. */
import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";

const BODY_LIMIT = 1024 * 1024;

export interface Answer {
  readonly status: number;
  /** `null` when it was not wanted. */
  readonly body: Buffer | null;
}

/** The answer is larger than any that is meant for a probe. */
export class AnswerTooLarge extends Error {}

export function get(
  url: URL,
  ca: readonly string[] | null,
  wantsBody: boolean,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { accept: wantsBody ? "application/json" : "*/*", "user-agent": "keyturn" };
    const options = { agent: false, headers, signal } as const;
    const tls = ca === null ? {} : { ca: [...ca] };
    const request =
      url.protocol === "https:" ? requestHttps(url, { ...options, ...tls }) : requestHttp(url, options);
    request.on("error", reject);
    request.once("response", (response) => {
      const status = response.statusCode ?? 0;
      const body = wantsBody ? readBody(response) : Promise.resolve(null);
      body.then((bytes) => resolve({ status, body: bytes }), reject).finally(() => request.destroy());
    });
    request.end();
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
