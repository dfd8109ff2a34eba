/** The part of Microsoft Graph v1.0 that concerns applications and their passwords. */
import { randomUUID } from "node:crypto";
import type { Application, Credential, Directory } from "./directory.ts";
import type { Answer } from "./exchange.ts";
import type { Operation } from "./faults.ts";

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

const ONE =
  /^\/v1\.0\/applications(?:\/([0-9a-f-]{36})|\(appId='([0-9a-f-]{36})'\))(\/addPassword|\/removePassword|\/owners)?$/i;

/** What a request asks for; null when Graph has no such path. */
export function routeGraph(
  method: string,
  url: URL,
  body: string,
  clientId: string,
  directory: Directory,
  now: () => number,
): GraphCall | null {
  const path = decodeURIComponent(url.pathname);
  const match = ONE.exec(path);
  if (match === null) return routeLists(method, path, url, directory, now);
  const [, objectId, appId, action] = match;
  const withApp = (act: (app: Application) => Answer) => (): Answer => {
    const app = objectId === undefined ? directory.byAppId(appId as string) : directory.byObjectId(objectId);
    return app === undefined ? notFound(objectId ?? (appId as string)) : act(app);
  };
  const owned = (act: (app: Application) => Answer) =>
    withApp((app) => (app.owners.includes(clientId) ? act(app) : forbidden()));
  const reads = `${method} ${action ?? ""}`;
  if (reads === "GET ")
    return {
      operation: "read",
      act: withApp((app) => ({ status: 200, body: describe(app, directory, now()) })),
    };
  if (reads === "GET /owners")
    return { operation: "read", act: withApp((app) => ({ status: 200, body: owners(app) })) };
  if (reads === "POST /addPassword")
    return { operation: "add", act: owned((app) => add(app, body, directory, now())) };
  if (reads === "POST /removePassword")
    return { operation: "remove", act: owned((app) => remove(app, body, directory, now())) };
  return null;
}

function routeLists(
  method: string,
  path: string,
  url: URL,
  directory: Directory,
  now: () => number,
): GraphCall | null {
  if (method !== "GET") return null;
  const wanted = /^appId eq '([0-9a-f-]{36})'$/i.exec(url.searchParams.get("$filter") ?? "")?.[1];
  const found = (): Application[] => {
    const app = wanted === undefined ? undefined : directory.byAppId(wanted);
    return wanted === undefined ? directory.applications : app === undefined ? [] : [app];
  };
  if (path === "/v1.0/applications") {
    return {
      operation: "read",
      act: () => ({ status: 200, body: { value: found().map((app) => describe(app, directory, now())) } }),
    };
  }
  if (path === "/v1.0/servicePrincipals") {
    const principals = (): unknown[] =>
      found().map((app) => ({ id: app.appId, appId: app.appId, displayName: app.displayName }));
    return { operation: "read", act: () => ({ status: 200, body: { value: principals() } }) };
  }
  return null;
}

function owners(app: Application): unknown {
  return {
    value: app.owners.map((appId) => ({
      "@odata.type": "#microsoft.graph.servicePrincipal",
      id: appId,
      appId,
    })),
  };
}

function describe(app: Application, directory: Directory, now: number): unknown {
  return {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#applications/$entity",
    id: app.objectId,
    appId: app.appId,
    displayName: app.displayName,
    signInAudience: app.audience,
    passwordCredentials: directory.seenByRead(app, now).map((one) => describeCredential(one, null)),
  };
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

function add(app: Application, body: string, directory: Directory, now: number): Answer {
  const asked = (parse(body)["passwordCredential"] ?? {}) as Record<string, unknown>;
  const startAt = typeof asked["startDateTime"] === "string" ? Date.parse(asked["startDateTime"]) : now;
  const endAt =
    typeof asked["endDateTime"] === "string"
      ? Date.parse(asked["endDateTime"])
      : startAt + DEFAULT_LIFETIME_MS;
  if (Number.isNaN(startAt) || !(endAt > startAt))
    return graphError(400, "Request_BadRequest", "The dates make no sense.");
  const live = directory.live(app).length;
  if (app.audience === "AzureADandPersonalMicrosoftAccount" && live >= PERSONAL_LIMIT) {
    return graphError(400, "TooManyAppPasswords", "The application has too many passwords.");
  }
  if (live >= SIZE_LIMIT)
    return graphError(
      400,
      "Directory_ResourceSizeExceeded",
      "The size of the object has exceeded its limit.",
    );
  if (app.maxLifetimeMs !== null && endAt - startAt > app.maxLifetimeMs) return lifetimeForbidden();
  const name = typeof asked["displayName"] === "string" ? asked["displayName"].slice(0, NAME_LIMIT) : null;
  const credential = directory.addCredential(app, { displayName: name, startAt, endAt }, now);
  const context = "https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.passwordCredential";
  return {
    status: 200,
    body: { "@odata.context": context, ...describeCredential(credential, credential.secretText) },
  };
}

function remove(app: Application, body: string, directory: Directory, now: number): Answer {
  const keyId = String(parse(body)["keyId"] ?? "");
  if (directory.removeCredential(app, keyId, now)) return { status: 204 };
  return graphError(400, "Request_BadRequest", `No password credential found with keyId ${keyId}.`);
}

function parse(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export function graphError(status: number, code: string, message: string, details?: unknown): Answer {
  const innerError = {
    date: new Date().toISOString(),
    "request-id": randomUUID(),
    "client-request-id": randomUUID(),
  };
  return {
    status,
    body: { error: { code, message, ...(details === undefined ? {} : { details }), innerError } },
  };
}

function notFound(id: string): Answer {
  const text = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
  return graphError(404, "Request_ResourceNotFound", text);
}

function forbidden(): Answer {
  return graphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
}

function lifetimeForbidden(): Answer {
  const text = "Credential lifetime exceeds the max value allowed as per assigned policy.";
  return graphError(400, "CredentialInvalidLifetimeAsPerAppPolicy", text, [
    { code: "InvalidKeyEndDate", message: text },
  ]);
}
