/**
 * A stand-in for an Entra tenant and Microsoft Graph over TLS on loopback: it speaks their wire protocol, lags and fails as
 * they do, and lets whoever started it see the truth behind the answers.
 */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority, selfSignedClient } from "../tls/authority.ts";
import {
  Directory,
  type Application,
  type Audience,
  type Credential,
  type Replication,
} from "./directory.ts";
import { misbehave, readBody, send, type Answer, type ErrorWriter } from "./exchange.ts";
import { Faults, HOSTILE, type Operation, type Rates } from "./faults.ts";
import { graphError, routeGraph } from "./graph-endpoint.ts";
import { seededRandom } from "./seeded-random.ts";
import { discoveryDocument, grantToken, oauthError, type Issuance } from "./token-endpoint.ts";

export interface EntraSandboxOptions {
  readonly seed?: number;
  readonly clock?: { now(): number };
  readonly replication?: Partial<Replication>;
  /** `{}` for none; hostile by default. */
  readonly faults?: Rates;
}

export interface AppOrder {
  readonly displayName?: string;
  readonly audience?: Audience;
  readonly maxLifetimeMs?: number;
  /** Whether keyturn's own service principal owns it; without, writes are forbidden. */
  readonly owned?: boolean;
}

export interface SandboxApp {
  readonly appId: string;
  readonly objectId: string;
  /** A secret that existed before, without marker, known to every replica. */
  addSecret(
    displayName?: string | null,
    lifetimeMs?: number,
  ): { readonly keyId: string; readonly secretText: string };
}

export interface SignIns {
  readonly succeeded: number;
  readonly failed: number;
}

export interface RequestSeen {
  readonly operation: Operation;
  readonly clientId: string | null;
  /** The User-Agent header: tells an application's sign-ins from keyturn's with the same secret. */
  readonly agent: string | null;
  /** null when no answer was sent. */
  readonly status: number | null;
  readonly at: number;
}

export interface EntraSandbox {
  readonly origin: string;
  readonly caPem: string;
  readonly tenant: string;
  /** What keyturn itself signs in with. */
  readonly admin: { readonly clientId: string; readonly secret: string; readonly certificatePem: string };
  readonly faults: Faults;
  /** How slow the replicas are for credentials that are added from now on; may be changed at any time. */
  readonly replication: { -readonly [K in keyof Replication]: Replication[K] };
  /** Every request, in order of its answer. */
  readonly requests: readonly RequestSeen[];
  addApp(order?: AppOrder): SandboxApp;
  /** The truth: the credentials that live now, whatever replicas say. */
  credentialsOf(appId: string): readonly Credential[];
  signInsOf(clientId: string): SignIns;
  /** Expires keyturn's own secret, or any other one, at once. */
  expire(appId: string, secretText: string): void;
  close(): Promise<void>;
}

const REPLICATION: Replication = {
  replicas: 3,
  signIn: [100, 1500],
  signInRemoval: [0, 500],
  read: [0, 800],
  youngMs: 100,
};
const HUNDRED_YEARS_MS = 100 * 365 * 86_400_000;

export async function startEntraSandbox(options: EntraSandboxOptions = {}): Promise<EntraSandbox> {
  const random = seededRandom(options.seed ?? 1);
  const clock = options.clock ?? Date;
  const tenant = random.guid();
  const replication = { ...REPLICATION, ...options.replication };
  const directory = new Directory(random, replication);
  const faults = new Faults(random, options.faults ?? HOSTILE);
  const requests: RequestSeen[] = [];
  const adminCertificates: string[] = [];
  const adminId = random.guid();
  const adminApp = newApp({ displayName: "keyturn" }, adminId, adminCertificates);
  const adminSecret = directory.addCredential(
    adminApp,
    lifetime("admin", clock.now(), HUNDRED_YEARS_MS),
    clock.now(),
    true,
  );
  directory.applications.push(adminApp);

  function newApp(order: AppOrder, appId: string, certificates: readonly string[] = []): Application {
    return {
      objectId: random.guid(),
      appId,
      displayName: order.displayName ?? "sandbox application",
      audience: order.audience ?? "AzureADMyOrg",
      owners: order.owned === false ? [] : [adminId],
      maxLifetimeMs: order.maxLifetimeMs ?? null,
      certificates,
      credentials: [],
    };
  }

  const authority = createAuthority("keyturn sandbox CA");
  const { certPem, keyPem } = authority.issueServer();
  const server = createServer({ cert: certPem, key: keyPem });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const issuance: Issuance = { tenant, origin, directory, tokens: new Map() };
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => response.socket?.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", origin);
    const body = await readBody(request);
    const route = url.pathname.startsWith("/v1.0/")
      ? graphRoute(request, url, body)
      : tokenRoute(request, url, body);
    const fault = route.operation === null ? null : faults.take(route.operation);
    let status: number | null;
    if (fault !== null) {
      status = misbehave(fault, response, route.act, route.error);
    } else {
      const answer = route.act();
      status = answer.status;
      send(response, answer);
    }
    if (route.operation !== null) {
      const agent = request.headers["user-agent"] ?? null;
      requests.push({ operation: route.operation, clientId: route.clientId, agent, status, at: clock.now() });
    }
  }

  interface Route {
    readonly operation: Operation | null;
    readonly clientId: string | null;
    readonly act: () => Answer;
    readonly error: ErrorWriter;
  }

  function graphRoute(request: IncomingMessage, url: URL, body: string): Route {
    const clientId = issuance.tokens.get(
      /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "",
    );
    const unauthorized = { operation: null, clientId: null, error: graphError };
    if (clientId === undefined) {
      return {
        ...unauthorized,
        act: () => graphError(401, "InvalidAuthenticationToken", "Access token is empty or invalid."),
      };
    }
    const call = routeGraph(request.method ?? "GET", url, body, clientId, directory, () => clock.now());
    if (call === null)
      return {
        ...unauthorized,
        act: () => graphError(400, "BadRequest", "Resource not found for the segment."),
      };
    return { ...call, clientId, error: graphError };
  }

  function tokenRoute(request: IncomingMessage, url: URL, body: string): Route {
    const error: ErrorWriter = (status, code, message) =>
      oauthError(status, code, 90033, message, clock.now());
    const route = `${request.method} ${url.pathname}`;
    if (route === `GET /${tenant}/v2.0/.well-known/openid-configuration`) {
      return { operation: "discovery", clientId: null, act: () => discoveryDocument(tenant, origin), error };
    }
    if (route === `POST /${tenant}/oauth2/v2.0/token`) {
      const form = new URLSearchParams(body);
      return {
        operation: "token",
        clientId: form.get("client_id"),
        act: () => grantToken(form, issuance, clock.now()),
        error,
      };
    }
    const act = (): Answer => oauthError(400, "invalid_tenant", 90002, "Tenant not found.", clock.now());
    return { operation: null, clientId: null, act, error };
  }

  return {
    origin,
    caPem: authority.caPem,
    tenant,
    admin: {
      clientId: adminId,
      secret: adminSecret.secretText,
      // Made when asked for: an RSA key takes longer than everything else here.
      get certificatePem() {
        const client = selfSignedClient("keyturn");
        adminCertificates.push(client.certPem);
        return client.pem;
      },
    },
    faults,
    replication,
    requests,
    addApp(order = {}) {
      const app = newApp(order, random.guid());
      directory.applications.push(app);
      return {
        appId: app.appId,
        objectId: app.objectId,
        addSecret: (displayName = null, lifetimeMs = HUNDRED_YEARS_MS) =>
          directory.addCredential(app, lifetime(displayName, clock.now(), lifetimeMs), clock.now(), true),
      };
    },
    credentialsOf: (appId) => liveOf(directory, appId),
    signInsOf: (clientId) => countSignIns(requests, clientId),
    expire(appId, secretText) {
      const credential = directory.byAppId(appId)?.credentials.find((one) => one.secretText === secretText);
      if (credential === undefined) throw new Error("the application has no such secret");
      credential.endAt = clock.now();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function lifetime(
  displayName: string | null,
  now: number,
  lifetimeMs: number,
): { displayName: string | null; startAt: number; endAt: number } {
  return { displayName, startAt: now - 1000, endAt: now + lifetimeMs };
}

function liveOf(directory: Directory, appId: string): readonly Credential[] {
  const app = directory.byAppId(appId);
  if (app === undefined) throw new Error(`there is no application ${appId}`);
  return directory.live(app);
}

function countSignIns(requests: readonly RequestSeen[], clientId: string): SignIns {
  const answers = requests.filter((one) => one.operation === "token" && one.clientId === clientId);
  const succeeded = answers.filter((one) => one.status === 200).length;
  return { succeeded, failed: answers.length - succeeded };
}
