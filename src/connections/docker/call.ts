/** One call to one engine: a deadline, an abort, and a failure that says whether the engine can have acted. */
import type Docker from "dockerode";
import { abortFailure, connectionFailure, deadlineFailure, refusalFailure, type Refusal } from "./failure.ts";

const READ_DEADLINE_MS = 15_000;
const WRITE_DEADLINE_MS = 30_000;

export interface CallOrder {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  /** What is tried, for people: `read service api`. */
  readonly what: string;
  /** The request's content may not come back in an error. */
  readonly discreet?: boolean;
  /** Turns a refusal that means something to the caller into an error of its own. */
  readonly refused?: (refusal: Refusal) => Error | undefined;
}

/** Sends an order. Rejects with `statusCode` and `json` when the engine refuses, with `code` when it was not reached. */
export type Dial = (order: CallOrder, signal: AbortSignal) => Promise<unknown>;

/** Sends the order and returns the engine's JSON. */
export async function callEngine(
  dial: Dial,
  host: string,
  order: CallOrder,
  signal: AbortSignal,
): Promise<unknown> {
  const writes = order.method !== "GET";
  const facts = { what: order.what, host, writes, discreet: order.discreet ?? false };
  const isCancelled = (): boolean => signal.aborted;
  if (isCancelled()) throw abortFailure(facts, false);
  const deadlineMs = writes ? WRITE_DEADLINE_MS : READ_DEADLINE_MS;
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    return await dial(order, AbortSignal.any([signal, deadline]));
  } catch (thrown) {
    const { statusCode, json, code } = thrown as { statusCode?: number; json?: unknown; code?: string };
    if (statusCode !== undefined) {
      const refusal = { statusCode, message: engineMessage(json) };
      throw order.refused?.(refusal) ?? refusalFailure(refusal, facts);
    }
    if (isCancelled()) throw abortFailure(facts, true);
    if (deadline.aborted) throw deadlineFailure(deadlineMs, facts);
    throw connectionFailure(code, facts);
  }
}

export function dialWith(docker: Docker): Dial {
  return (order, abortSignal) => dialModem(docker, order, abortSignal);
}

function dialModem(docker: Docker, order: CallOrder, abortSignal: AbortSignal): Promise<unknown> {
  const options = {
    path: `${order.path}?`,
    method: order.method,
    abortSignal,
    // `_query` and `_body` keep docker-modem from sending one object as both.
    options: { _query: order.query ?? {}, _body: order.body ?? {} },
    statusCodes: { 200: true, 201: true, 204: true },
  };
  return new Promise((resolve, reject) => {
    const settle = (thrown: Error | null, answer: unknown): void =>
      thrown ? reject(thrown) : resolve(answer);
    docker.modem.dial(options, settle);
    // docker-modem looks at the signal only once the socket's path is known; this also covers the time before.
    abortSignal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")), {
      once: true,
    });
  });
}

function engineMessage(json: unknown): string {
  if (typeof json === "object" && json !== null && "message" in json && typeof json.message === "string")
    return json.message;
  return "no reason given";
}
