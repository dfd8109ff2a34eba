/** What `doctor` reads of a tenant. Reads only, so each is repeated while the far side says that it may work later. */
import { z } from "zod";
import { RotationError } from "../../domain/errors.ts";
import type { Clock } from "../../domain/time.ts";
import type { AdminSignIn } from "./admin-sign-in.ts";
import { readRules, type PasswordRules } from "./credential-policy.ts";
import { readGrant, type Grant } from "./grant.ts";
import type { Graph, GraphResult } from "./graph.ts";
import { readPasswords, type PasswordCredential } from "./password-credential.ts";

const TRIES = 4;
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 8_000;

export interface ApplicationDetails {
  /** `AzureADMyOrg`, … */
  readonly audience: string | null;
  readonly createdAt: number | null;
  readonly passwords: readonly PasswordCredential[];
}

const details = z.object({ signInAudience: z.string().nullish(), createdDateTime: z.string().nullish() });
const ownerPage = z.object({
  value: z.array(z.object({ id: z.string() })),
  "@odata.nextLink": z.string().optional(),
});

export class EntraReads {
  readonly #graph: Graph;
  readonly #admin: AdminSignIn;
  readonly #clock: Clock;

  constructor(graph: Graph, admin: AdminSignIn, clock: Clock) {
    this.#graph = graph;
    this.#admin = admin;
    this.#clock = clock;
  }

  /** Signs in. null when the token says nothing that can be read. */
  grant(signal: AbortSignal): Promise<Grant | null> {
    return this.patiently(signal, async () => readGrant(await this.#admin.token(signal)));
  }

  async application(objectId: string, signal: AbortSignal): Promise<ApplicationDetails> {
    const select = "$select=id,appId,signInAudience,createdDateTime,passwordCredentials";
    const what = `read application ${objectId}`;
    const body = await this.#get(what, `/applications/${objectId}?${select}`, signal);
    const [read, passwords] = [details.safeParse(body), readPasswords(body)];
    if (!read.success || passwords === null) throw unexpected(what);
    const createdAt = Date.parse(read.data.createdDateTime ?? "");
    return {
      audience: read.data.signInAudience ?? null,
      createdAt: Number.isNaN(createdAt) ? null : createdAt,
      passwords,
    };
  }

  /** Object ids; null when keyturn may not read them, or there are more than one answer holds. */
  async owners(objectId: string, signal: AbortSignal): Promise<readonly string[] | null> {
    const what = `read the owners of application ${objectId}`;
    const result = await this.#attempt(what, `/applications/${objectId}/owners?$select=id&$top=999`, signal);
    if (isForbidden(result)) return null;
    const page = ownerPage.safeParse(bodyOf(result));
    if (!page.success) throw unexpected(what);
    return page.data["@odata.nextLink"] === undefined
      ? page.data.value.map(({ id }) => id.toLowerCase())
      : null;
  }

  /** What the tenant allows for this application; null when keyturn may not read it. */
  async passwordRules(
    objectId: string,
    createdAt: number | null,
    signal: AbortSignal,
  ): Promise<PasswordRules | null> {
    const what = "read the tenant's app management policy";
    const tenant = await this.#attempt(what, "/policies/defaultAppManagementPolicy", signal);
    if (isForbidden(tenant)) return null;
    const own = await this.#attempt(what, `/applications/${objectId}/appManagementPolicies`, signal);
    if (isForbidden(own)) return null;
    const rules = readRules(bodyOf(tenant), bodyOf(own), createdAt);
    if (rules === null) throw unexpected(what);
    return rules;
  }

  /** Repeats a read that may work a moment later. */
  async patiently<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
    for (let left = TRIES; ; left -= 1) {
      try {
        return await read();
      } catch (thrown) {
        if (left === 1 || signal.aborted || !(thrown instanceof RotationError) || !mayPass(thrown))
          throw thrown;
        const waitMs = Math.min(thrown.retryAfterMs ?? PAUSE_MS, LONGEST_PAUSE_MS);
        await this.#clock.sleep(waitMs, signal).catch(() => undefined);
      }
    }
  }

  async #get(what: string, path: string, signal: AbortSignal): Promise<unknown> {
    return bodyOf(await this.#attempt(what, path, signal));
  }

  #attempt(what: string, path: string, signal: AbortSignal): Promise<GraphResult> {
    return this.patiently(signal, async () => {
      const result = await this.#graph.attempt({ what, method: "GET", path }, signal);
      if ("error" in result && result.error.kind === "transient") throw result.error;
      return result;
    });
  }
}

/** A timeout has cost enough already. */
function mayPass({ kind, code }: RotationError): boolean {
  return kind === "transient" && code !== "timeout" && code !== "unreachable";
}

function isForbidden(result: GraphResult): boolean {
  return "error" in result && result.refusal.status === 403;
}

function bodyOf(result: GraphResult): unknown {
  if ("error" in result) throw result.error;
  return result.body;
}

function unexpected(what: string): RotationError {
  return new RotationError("unexpected-answer", {
    kind: "transient",
    message: `could not ${what}: Graph's answer has another form than it should`,
    hint: "Check graphUrl, and whether a proxy answers in Graph's place.",
  });
}
