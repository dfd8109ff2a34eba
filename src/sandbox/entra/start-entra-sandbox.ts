/**
 * A stand-in for an Entra tenant and Microsoft Graph over TLS on loopback: it speaks their wire protocol, lags and fails as
 * they do, and lets whoever started it see the truth behind the answers.
 */
import { createAuthority, selfSignedClient } from "../tls/authority.ts";
import {
  Directory,
  type Application,
  type Audience,
  type Credential,
  type Replication,
} from "./directory.ts";
import { Faults, HOSTILE, type Rates } from "./faults.ts";
import { seededRandom } from "./seeded-random.ts";
import { startTenantServer, type RequestSeen, type TenantServer } from "./tenant-server.ts";

export interface EntraSandboxOptions {
  readonly seed?: number;
  readonly clock: { now(): number };
  readonly replication?: Partial<Replication>;
  /** `{}` for none; hostile by default. */
  readonly faults?: Rates;
  /** How long each answer takes, as over a network; 0 when not given. */
  readonly latencyMs?: number;
  /** What keyturn's own application may do on Graph; to change what it owns, when not given. */
  readonly adminRoles?: readonly string[];
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
    life?: SecretLife,
  ): { readonly keyId: string; readonly secretText: string };
}

/** When it was made and when it ends, from now; just now and in a hundred years when not given. */
export interface SecretLife {
  readonly ageMs?: number;
  readonly lastsMs?: number;
}

export interface SignIns {
  readonly succeeded: number;
  readonly failed: number;
}

export interface EntraSandbox extends TenantServer {
  readonly caPem: string;
  readonly tenant: string;
  /** What keyturn itself signs in with: a secret, or a PEM of key and certificate. */
  readonly admin: { readonly clientId: string; readonly secret: string; readonly certificatePem: string };
  readonly faults: Faults;
  /** How slow the replicas are about credentials from now on; may be changed at any time. */
  readonly replication: { -readonly [K in keyof Replication]: Replication[K] };
  addApp(order?: AppOrder): SandboxApp;
  /** The truth: the credentials that live now, whatever replicas say. */
  credentialsOf(appId: string): readonly Credential[];
  /** Whether the application may sign in at all. */
  isEnabled(appId: string): boolean;
  signInsOf(clientId: string): SignIns;
  /** The application permissions of keyturn's own application, in tokens made from now on. */
  grant(...roles: readonly string[]): void;
  /** Lets a secret, of keyturn's own or another, expire at once. */
  expire(appId: string, secretText: string): void;
}

const REPLICATION: Replication = {
  replicas: 3,
  signIn: [100, 1500],
  signInRemoval: [0, 500],
  read: [0, 800],
  youngMs: 100,
};
/** What keyturn is granted when it is set up as the README says. */
const LEAST = ["Application.ReadWrite.OwnedBy"];
const HUNDRED_YEARS_MS = 100 * 365 * 86_400_000;

export async function startEntraSandbox(options: EntraSandboxOptions): Promise<EntraSandbox> {
  const { clock } = options;
  const random = seededRandom(options.seed ?? 1);
  const [tenant, adminId, adminPrincipal] = [random.guid(), random.guid(), random.guid()];
  const replication = { ...REPLICATION, ...options.replication };
  const directory = new Directory(random, replication);
  const faults = new Faults(random, options.faults ?? HOSTILE);
  const authority = createAuthority("keyturn sandbox CA", clock.now());
  const adminCertificates: string[] = [];
  const adminApp = register(
    { displayName: "keyturn", owned: false },
    adminId,
    adminPrincipal,
    adminCertificates,
  );
  directory.roles.set(adminId, options.adminRoles ?? LEAST);
  const adminSecret = settledSecret(adminApp, "admin");
  const server = await startTenantServer({
    tenant,
    directory,
    faults,
    clock,
    certificate: authority.issueServer(),
    latencyMs: options.latencyMs ?? 0,
  });

  function register(
    order: AppOrder,
    appId: string,
    principalId: string,
    certificates: readonly string[] = [],
  ): Application {
    const app: Application = {
      objectId: random.guid(),
      appId,
      principalId,
      createdAt: clock.now(),
      displayName: order.displayName ?? "sandbox application",
      audience: order.audience ?? "AzureADMyOrg",
      owners: order.owned === false ? [] : [adminPrincipal],
      maxLifetimeMs: order.maxLifetimeMs ?? null,
      certificates,
      credentials: [],
    };
    directory.applications.push(app);
    return app;
  }

  function settledSecret(app: Application, displayName: string | null, life: SecretLife = {}): Credential {
    const { ageMs = 0, lastsMs = HUNDRED_YEARS_MS } = life;
    const now = clock.now();
    const order = { displayName, startAt: now - ageMs, endAt: now + lastsMs };
    return directory.addCredential(app, order, now, true);
  }

  function known(appId: string): Application {
    const app = directory.byAppId(appId);
    if (app === undefined) throw new Error(`there is no application ${appId}`);
    return app;
  }

  return {
    ...server,
    caPem: authority.caPem,
    tenant,
    admin: {
      clientId: adminId,
      secret: adminSecret.secretText,
      // Made when asked for: an RSA key takes longer than everything else here.
      get certificatePem() {
        const client = selfSignedClient("keyturn", clock.now());
        adminCertificates.push(client.certPem);
        return client.pem;
      },
    },
    faults,
    replication,
    addApp(order = {}) {
      const app = register(order, random.guid(), random.guid());
      const { appId, objectId } = app;
      const addSecret: SandboxApp["addSecret"] = (name = null, life) => settledSecret(app, name, life);
      return { appId, objectId, addSecret };
    },
    grant: (...roles) => void directory.roles.set(adminId, roles),
    credentialsOf: (appId) => directory.live(known(appId)),
    isEnabled: (appId) => known(appId).accountEnabled !== false,
    signInsOf: (clientId) => countSignIns(server.requests, clientId),
    expire(appId, secretText) {
      const credential = known(appId).credentials.find((one) => one.secretText === secretText);
      if (credential === undefined) throw new Error("the application has no such secret");
      credential.endAt = clock.now();
    },
  };
}

function countSignIns(requests: readonly RequestSeen[], clientId: string): SignIns {
  const answers = requests.filter((one) => one.operation === "token" && one.clientId === clientId);
  const succeeded = answers.filter((one) => one.status === 200).length;
  return { succeeded, failed: answers.length - succeeded };
}
