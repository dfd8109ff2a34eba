/** One sign-in with a client secret (RFC 6749 section 4.4), with nothing but Node's own https. */
import { request, type Agent } from "node:https";
import { AGENT } from "./messages.ts";

export type Verdict =
  | "accepted"
  | "refused"
  /** Throttled, a fault of the service, a cut connection: says nothing about the secret. */
  | "interrupted";

export interface SignInOrder {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly secret: string;
  readonly agent: Agent;
}

const TIMEOUT_MS = 5_000;

export async function signIn(order: SignInOrder): Promise<Verdict> {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: order.clientId,
    client_secret: order.secret,
    scope: `${order.clientId}/.default`,
  }).toString();
  const status = await post(order, body).catch(() => null);
  if (status === 200) return "accepted";
  return status === null || status === 429 || status >= 500 ? "interrupted" : "refused";
}

/** The answer's status once its body is read to the end. */
function post({ tokenUrl, agent }: SignInOrder, body: string): Promise<number> {
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": Buffer.byteLength(body),
    "user-agent": AGENT,
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    const sent = request(tokenUrl, { method: "POST", agent, headers, signal }, (response) => {
      response.once("error", reject);
      response.once("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
