/** The part of Microsoft Graph v1.0 that concerns applications and their passwords. */
import { randomUUID } from "node:crypto";
import type { Application, Credential, Directory } from "./directory.ts";
import type { Answer } from "./exchange.ts";
import type { Operation } from "./faults.ts";
import { paged } from "./paged.ts";
import type { Bearer } from "./token-endpoint.ts";

/** https://learn.microsoft.com/graph/api/application-addpassword: the default is two years. */
const DEFAULT_LIFETIME_MS = 2 * 365 * 86_400_000;
/** Applications for personal accounts may hold two secrets. */
const PERSONAL_LIMIT = 2;
const SIZE_LIMIT = 1000;
const NAME_LIMIT = 90;

export interface GraphCall {
  readonly operation: Operation;
  /** Runs the request against the truth. */
  readonly act: () => Answer;
}

export interface GraphRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  /** Whose token it carries. */
  readonly bearer: Bearer;
}

const ID = "[0-9a-f-]{36}";
const ONE = new RegExp(
  `^/v1\\.0/applications(?:/(${ID})|\\(appId='(${ID})'\\))(/addPassword|/removePassword|/owners|/appManagementPolicies)?$`,
  "i",
);
const OWNED = new RegExp(`^/v1\\.0/servicePrincipals(?:/(${ID})|\\(appId='(${ID})'\\))/ownedObjects$`, "i");
const PRINCIPAL = new RegExp(`^/v1\\.0/servicePrincipals\\(appId='(${ID})'\\)$`, "i");
/** Any of these lets an application read all applications; what is needed to change them is asked for apart. */
const READERS = ["Application.Read.All", "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All"];
const POLICIES = "Policy.Read.All";
const FILTER = new RegExp(`^appId eq '(${ID})'$`, "i");

export class GraphEndpoint {
  readonly #directory: Directory;
  readonly #clock: { now(): number };

  constructor(directory: Directory, clock: { now(): number }) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** What a request asks for; null when Graph has no such path. */
  route(request: GraphRequest): GraphCall | null {
    const path = decodeURIComponent(request.url.pathname);
    const match = ONE.exec(path);
    const principal = PRINCIPAL.exec(path);
    if (principal !== null) return this.#routePrincipal(principal[1] ?? "", request);
    if (match === null && request.method !== "GET") return null;
    if (match === null) return this.#routeOwned(path, request) ?? this.#routeList(path, request);
    const [, objectId, appId = "", action = ""] = match;
    const onApp = (use: (app: Application) => Answer) => (): Answer => {
      const app =
        objectId === undefined ? this.#directory.byAppId(appId) : this.#directory.byObjectId(objectId);
      return app === undefined ? this.#notFound(objectId ?? appId) : use(app);
    };
    const { bearer } = request;
    const onReadApp = (use: (app: Application) => Answer): (() => Answer) =>
      holdsOne(bearer, READERS) ? onApp(use) : () => this.#forbidden();
    const onOwnApp = (use: (app: Application) => Answer): (() => Answer) =>
      onApp((app) => (mayChange(bearer, app) ? use(app) : this.#forbidden()));
    switch (`${request.method} ${action}`) {
      case "GET ":
        return { operation: "read", act: onReadApp((app) => ok(this.#describe(app))) };
      case "GET /owners":
        return { operation: "read", act: onReadApp((app) => ok({ value: app.owners.map(describeOwner) })) };
      case "GET /appManagementPolicies":
        return { operation: "read", act: onReadApp((app) => this.#policiesOf(app, bearer)) };
      case "POST /addPassword":
        return { operation: "add", act: onOwnApp((app) => this.#add(app, request.body)) };
      case "POST /removePassword":
        return { operation: "remove", act: onOwnApp((app) => this.#remove(app, request.body)) };
      default:
        return null;
    }
  }

  /** https://learn.microsoft.com/graph/errors */
  error(status: number, code: string, message: string, details?: unknown): Answer {
    const innerError = {
      date: new Date(this.#clock.now()).toISOString(),
      "request-id": randomUUID(),
      "client-request-id": randomUUID(),
    };
    return {
      status,
      body: { error: { code, message, ...(details === undefined ? {} : { details }), innerError } },
    };
  }

  /** https://learn.microsoft.com/graph/api/serviceprincipal-update answers 204. */
  #routePrincipal(appId: string, { method, body, bearer }: GraphRequest): GraphCall | null {
    const app = this.#directory.byAppId(appId);
    if (method === "GET") {
      const describe = (): Answer =>
        app === undefined
          ? this.#notFound(appId)
          : ok({ id: app.principalId, appId, accountEnabled: app.accountEnabled !== false });
      return { operation: "read", act: () => (holdsOne(bearer, READERS) ? describe() : this.#forbidden()) };
    }
    if (method !== "PATCH") return null;
    const change = (): Answer => {
      if (app === undefined) return this.#notFound(appId);
      if (!mayChange(bearer, app)) return this.#forbidden();
      app.accountEnabled = parse(body)["accountEnabled"] !== false;
      return { status: 204 };
    };
    return { operation: "add", act: change };
  }

  /** Objects of any kind may be owned; `$select` is the client's to be content with. */
  #routeOwned(path: string, { url, bearer }: GraphRequest): GraphCall | null {
    const match = OWNED.exec(path);
    if (match === null) return null;
    const act = (): Answer => {
      if (!holdsOne(bearer, READERS)) return this.#forbidden();
      const id = (match[1] ?? match[2] ?? "").toLowerCase();
      const owner = this.#directory.applications.find((app) => app.appId === id || app.principalId === id);
      if (owner === undefined) return this.#notFound(id);
      const apps = this.#directory.applications.filter((app) => app.owners.includes(owner.principalId));
      const group = { "@odata.type": "#microsoft.graph.group", id: randomUUID(), displayName: "a group" };
      return paged(url, [group, ...apps.map((app) => ({ "@odata.type": APPLICATION, ...nameOf(app) }))]);
    };
    return { operation: "read", act };
  }

  #routeList(path: string, { url, bearer }: GraphRequest): GraphCall | null {
    const wanted = FILTER.exec(url.searchParams.get("$filter") ?? "")?.[1];
    const found = (): Application[] =>
      this.#directory.applications.filter(
        (app) => wanted === undefined || app.appId === wanted.toLowerCase(),
      );
    switch (path) {
      case "/v1.0/applications":
        return {
          operation: "read",
          act: () =>
            paged(
              url,
              found().map((app) => this.#describe(app)),
            ),
        };
      case "/v1.0/servicePrincipals":
        return {
          operation: "read",
          act: () =>
            paged(
              url,
              found().map((app) => ({ ...describeOwner(app.principalId), appId: app.appId })),
            ),
        };
      case "/v1.0/policies/defaultAppManagementPolicy":
        return { operation: "read", act: () => this.#tenantPolicy(bearer) };
      default:
        return null;
    }
  }

  #describe(app: Application): unknown {
    return {
      "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#applications/$entity",
      id: app.objectId,
      appId: app.appId,
      displayName: app.displayName,
      signInAudience: app.audience,
      createdDateTime: new Date(app.createdAt).toISOString(),
      passwordCredentials: this.#directory
        .seenByRead(app, this.#clock.now())
        .map((one) => describeCredential(one, null)),
    };
  }

  /** https://learn.microsoft.com/graph/api/tenantappmanagementpolicy-get: Policy.Read.All, which few are granted. */
  #tenantPolicy(bearer: Bearer): Answer {
    if (!holdsOne(bearer, [POLICIES])) return this.#forbidden();
    return ok({ id: randomUUID(), isEnabled: false, applicationRestrictions: { passwordCredentials: [] } });
  }

  /** The sandbox has no limits but those of an application's own. */
  #policiesOf({ maxLifetimeMs }: Application, bearer: Bearer): Answer {
    if (!holdsOne(bearer, [POLICIES])) return this.#forbidden();
    if (maxLifetimeMs === null) return ok({ value: [] });
    const maxLifetime = `PT${Math.round(maxLifetimeMs / 1000)}S`;
    const rule = { restrictionType: "passwordLifetime", state: "enabled", maxLifetime };
    return ok({
      value: [{ id: randomUUID(), isEnabled: true, restrictions: { passwordCredentials: [rule] } }],
    });
  }

  #add(app: Application, body: string): Answer {
    const now = this.#clock.now();
    const asked = (parse(body)["passwordCredential"] ?? {}) as Record<string, unknown>;
    const startAt = dateOr(asked["startDateTime"], now);
    const endAt = dateOr(asked["endDateTime"], startAt + DEFAULT_LIFETIME_MS);
    const refusal = this.#refuseAdding(app, startAt, endAt);
    if (refusal !== null) return refusal;
    const { displayName } = asked;
    const name = typeof displayName === "string" ? displayName.slice(0, NAME_LIMIT) : null;
    const credential = this.#directory.addCredential(app, { displayName: name, startAt, endAt }, now);
    const context = "https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.passwordCredential";
    return ok({ "@odata.context": context, ...describeCredential(credential, credential.secretText) });
  }

  #refuseAdding(app: Application, startAt: number, endAt: number): Answer | null {
    const live = this.#directory.live(app).length;
    if (!(endAt > startAt)) return this.error(400, "Request_BadRequest", "The dates make no sense.");
    if (app.audience === "AzureADandPersonalMicrosoftAccount" && live >= PERSONAL_LIMIT) {
      return this.error(400, "TooManyAppPasswords", "The application has too many passwords.");
    }
    if (live >= SIZE_LIMIT) {
      return this.error(
        400,
        "Directory_ResourceSizeExceeded",
        "The size of the object has exceeded its limit.",
      );
    }
    if (app.maxLifetimeMs === null || endAt - startAt <= app.maxLifetimeMs) return null;
    const message = "Credential lifetime exceeds the max value allowed as per assigned policy.";
    return this.error(400, "CredentialInvalidLifetimeAsPerAppPolicy", message, [
      { code: "InvalidKeyEndDate", message },
    ]);
  }

  #remove(app: Application, body: string): Answer {
    const { keyId } = parse(body);
    if (typeof keyId !== "string") return this.error(400, "Request_BadRequest", "The keyId is missing.");
    if (this.#directory.removeCredential(app, keyId, this.#clock.now())) return { status: 204 };
    return this.error(400, "Request_BadRequest", `No password credential found with keyId ${keyId}.`);
  }

  #notFound(id: string): Answer {
    const text = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
    return this.error(404, "Request_ResourceNotFound", text);
  }

  #forbidden(): Answer {
    return this.error(
      403,
      "Authorization_RequestDenied",
      "Insufficient privileges to complete the operation.",
    );
  }
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function mayChange({ principalId, roles }: Bearer, app: Application): boolean {
  if (roles.includes("Application.ReadWrite.All")) return true;
  return roles.includes("Application.ReadWrite.OwnedBy") && app.owners.includes(principalId);
}

function holdsOne({ roles }: Bearer, wanted: readonly string[]): boolean {
  return wanted.some((role) => roles.includes(role));
}

const APPLICATION = "#microsoft.graph.application";

function nameOf({ objectId, appId, displayName }: Application): object {
  return { id: objectId, appId, displayName };
}

function describeOwner(principalId: string): object {
  return { "@odata.type": "#microsoft.graph.servicePrincipal", id: principalId };
}

function describeCredential(credential: Credential, secretText: string | null): Record<string, unknown> {
  return {
    customKeyIdentifier: null,
    displayName: credential.displayName,
    endDateTime: new Date(credential.endAt).toISOString(),
    hint: credential.secretText.slice(0, 3),
    keyId: credential.keyId,
    secretText,
    startDateTime: new Date(credential.startAt).toISOString(),
  };
}

function dateOr(value: unknown, otherwise: number): number {
  return typeof value === "string" ? Date.parse(value) : otherwise;
}

function parse(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}
