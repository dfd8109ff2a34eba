/** One request and its answer, as the stand-in's endpoints handle them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fault } from "./faults.ts";

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const MAX_BODY_BYTES = 1 << 20;

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error("the request's body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export function send(response: ServerResponse, answer: Answer): void {
  const body = answer.body === undefined ? undefined : JSON.stringify(answer.body);
  const type = body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
  response.writeHead(answer.status, { ...type, "cache-control": "no-store", ...answer.headers }).end(body);
}

/** Lets a fault happen. `act` is the request's effect; the status that went out, or null when nothing did. */
export function misbehave(
  fault: Fault,
  response: ServerResponse,
  act: () => Answer,
  error: ErrorWriter,
): number | null {
  if ("applied" in fault && fault.applied) act();
  switch (fault.kind) {
    case "throttle": {
      const headers = fault.retryAfterS === undefined ? {} : { "retry-after": String(fault.retryAfterS) };
      send(response, { ...error(429, "TooManyRequests", "Too many requests."), headers });
      return 429;
    }
    case "status":
      send(response, error(fault.status, fault.code ?? "UnknownError", "The service had a fault."));
      return fault.status;
    case "cut":
      response.socket?.destroy();
      return null;
    case "hang":
      return null;
    case "garbage":
      response.writeHead(200, { "content-type": "application/json" }).end(fault.body ?? '{"half":');
      return 200;
    case "redirect":
      response.writeHead(307, { location: fault.location }).end();
      return 307;
  }
}

/** How an endpoint words an error. */
export type ErrorWriter = (status: number, code: string, message: string) => Answer;
