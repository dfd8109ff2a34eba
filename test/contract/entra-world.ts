/** An `entra-password` issuer in front of the Entra stand-in. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectEntra, type EntraConnection } from "../../src/connections/entra/entra-connection.ts";
import { entraConnectionSchema } from "../../src/connections/entra/schema.ts";
import type { Issuer } from "../../src/domain/ports.ts";
import type { Clock } from "../../src/domain/time.ts";
import { entraPassword, entraPasswordSchema } from "../../src/issuers/entra-password.ts";
import {
  startEntraSandbox,
  type AppOrder,
  type EntraSandbox,
  type EntraSandboxOptions,
  type SandboxApp,
} from "../../src/sandbox/entra/start-entra-sandbox.ts";

/** The real clock, which a test may also push forward: waits end at once then. */
export class PushedClock implements Clock {
  #aheadMs = 0;

  push(ms: number): void {
    this.#aheadMs += ms;
  }

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  monotonicMs(): number {
    return performance.now() + this.#aheadMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.push(ms);
  }
}

export interface EntraWorldOptions {
  readonly sandbox?: Partial<EntraSandboxOptions>;
  readonly app?: AppOrder;
  readonly auth?: "secret" | "certificate";
  /** Changes to the connection's configuration. */
  readonly connection?: Readonly<Record<string, unknown>>;
  readonly settle?: string;
}

export interface EntraWorld {
  readonly sandbox: EntraSandbox;
  readonly app: SandboxApp;
  readonly clock: PushedClock;
  readonly connection: EntraConnection;
  readonly issuer: Issuer;
  readonly folder: string;
  close(): Promise<void>;
}

export async function startEntraWorld(options: EntraWorldOptions = {}): Promise<EntraWorld> {
  const clock = new PushedClock();
  const lags = { signIn: [0, 120], read: [0, 60], signInRemoval: [0, 60], youngMs: 10 } as const;
  const sandbox = await startEntraSandbox({ clock, faults: {}, replication: lags, ...options.sandbox });
  const folder = mkdtempSync(join(tmpdir(), "keyturn-entra-"));
  const auth = writeCredential(folder, sandbox, options.auth ?? "secret");
  writeFileSync(join(folder, "ca.pem"), sandbox.caPem);
  const config = entraConnectionSchema.parse({
    kind: "entra",
    tenant: sandbox.tenant,
    clientId: sandbox.admin.clientId,
    auth,
    authorityHost: sandbox.origin,
    graphUrl: sandbox.origin,
    caFile: join(folder, "ca.pem"),
    timeout: "5s",
    ...options.connection,
  });
  const connection = await connectEntra(config, { clock, env: process.env });
  const app = sandbox.addApp(options.app);
  const issuerConfig = {
    kind: "entra-password",
    connection: "entra",
    application: app.appId,
    validFor: "180d",
    settle: options.settle ?? "5m",
  };
  const context = { clock, env: {}, connection: <T>() => connection as T };
  const issuer = await entraPassword.connect(entraPasswordSchema.parse(issuerConfig), "contract", context);
  const close = async (): Promise<void> => {
    await issuer.close();
    await connection.close();
    await sandbox.close();
    rmSync(folder, { recursive: true });
  };
  return { sandbox, app, clock, connection, issuer, folder, close };
}

function writeCredential(
  folder: string,
  sandbox: EntraSandbox,
  auth: "secret" | "certificate",
): Record<string, string> {
  const path = join(folder, auth);
  writeFileSync(path, auth === "secret" ? `${sandbox.admin.secret}\n` : sandbox.admin.certificatePem, {
    mode: 0o600,
  });
  return auth === "secret" ? { clientSecretFile: path } : { certificateFile: path };
}
