/** Opens one session of the driver, which is loaded when first used. */
import { readFile } from "node:fs/promises";
import type { EventEmitter } from "node:events";
import { Socket, isIP } from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { Client, ClientConfig } from "pg";
import { RotationError } from "../../domain/errors.ts";
import { expandPath, type Environment } from "../../domain/expand-path.ts";
import { trusted } from "../http/trusted.ts";
import { bounded } from "./bounded.ts";
import { answerIn, type CallFacts } from "./failure.ts";
import { errnoOf } from "../errno.ts";
import type { PostgresCredential } from "./own-credential.ts";
import type { PostgresConnectionConfig } from "./schema.ts";

export interface OpenOrder {
  readonly config: PostgresConnectionConfig;
  readonly env: Environment;
  readonly credential: PostgresCredential;
  readonly database: string;
  readonly facts: CallFacts;
  /** Limits that the server keeps, too; a pooler may know none of them. */
  readonly limits: Readonly<Record<string, number>>;
}

export interface OpenedClient {
  readonly client: Client;
  readonly socket: Socket;
  /** The server checked the password, by SCRAM: with `trust` or `peer` it lets in whoever comes. */
  readonly isPasswordChecked: boolean;
}

/** The server does not take this role with this password. */
export class SignInRefused extends Error {
  readonly state: string;

  constructor(state: string) {
    super("sign-in refused");
    this.state = state;
  }
}

/** Throws `SignInRefused`, or a `RotationError` for everything else. */
export async function openClient(order: OpenOrder, signal: AbortSignal): Promise<OpenedClient> {
  const { config, facts } = order;
  const { Client } = await import("pg");
  const socket = new Socket();
  const ssl = await tlsOptions(config, order.env);
  const client = new Client({ ...settings(order), ssl, stream: () => socket });
  // What the driver says after a failure is the same once more.
  client.on("error", () => {});
  const wire = watchSignIn(client);
  const begun = await bounded(facts, { socket, timeoutMs: config.timeout, signal }, () =>
    begin(client, wire),
  ).catch((thrown: unknown) => {
    socket.destroy();
    throw thrown;
  });
  if (begun instanceof SignInRefused) throw begun;
  return { client, socket, isPasswordChecked: wire.isPasswordChecked };
}

/** The SQLSTATEs are those of a wrong password, and of a role that may not sign in (from here). */
async function begin(client: Client, wire: SignInWatch): Promise<SignInRefused | null> {
  try {
    await client.connect();
    return null;
  } catch (thrown) {
    const state = answerIn(thrown)?.state;
    if (state !== "28P01" && state !== "28000") throw wire.fault ?? thrown;
    return new SignInRefused(state);
  }
}

/** Everything is given, or the driver takes it from the environment or from ~/.pgpass. */
function settings({ config, credential, database, facts, limits }: OpenOrder): ClientConfig {
  const password = (): string => {
    if (credential.password === null) throw noPassword(facts, credential.user);
    return credential.password.reveal((text) => text);
  };
  return {
    host: config.host,
    port: config.port,
    user: credential.user,
    password,
    database,
    application_name: "keyturn",
    client_encoding: "UTF8",
    keepAlive: true,
    ...limits,
  };
}

interface SignInWatch {
  isPasswordChecked: boolean;
  fault: RotationError | null;
}

/**
 * A password goes out under SCRAM only, which does not tell it to the server. The driver would answer to a server that asks for
 * it in plain text (LDAP, PAM, or one that pretends), or by MD5.
 */
function watchSignIn(client: Client): SignInWatch {
  const watch: SignInWatch = { isPasswordChecked: false, fault: null };
  const { connection } = client as unknown as {
    readonly connection: EventEmitter & { readonly stream: Socket };
  };
  for (const [event, method] of [
    ["authenticationCleartextPassword", "password"],
    ["authenticationMD5Password", "md5"],
  ] as const) {
    connection.prependListener(event, () => {
      watch.fault = wrongMethod(method);
      connection.removeAllListeners(event);
      connection.stream.destroy();
    });
  }
  connection.once("authenticationSASLFinal", () => {
    watch.isPasswordChecked = true;
  });
  return watch;
}

async function tlsOptions(config: PostgresConnectionConfig, env: Environment): Promise<false | TlsOptions> {
  if (!wantsTls(config)) return false;
  const { caFile, certFile, keyFile } = config.tls === false ? {} : (config.tls ?? {});
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : readPem(expandPath(path, env));
  const [ca, cert, key] = await Promise.all([trusted(caFile, env), read(certFile), read(keyFile)]);
  return {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ...(ca === null ? {} : { ca: [...ca] }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

function wantsTls({ host, tls }: PostgresConnectionConfig): boolean {
  if (host.startsWith("/") || tls === false) return false;
  return tls !== undefined || !isThisMachine(host);
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

async function readPem(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `could not read ${path} (${errnoOf(error)})`,
      hint: "Check `tls` of the connection.",
    });
  });
}

function wrongMethod(method: string): RotationError {
  return new RotationError("unexpected-answer", {
    kind: "rejected",
    message: `the server asks for the password by the method \`${method}\`, which would tell it more than it must know`,
    hint: "Set the method to scram-sha-256 in pg_hba.conf; a role whose password is kept as MD5 needs a new password first.",
  });
}

function noPassword({ host }: CallFacts, user: string): RotationError {
  return new RotationError("admin-credential-refused", {
    kind: "rejected",
    message: `${host} asks for a password of ${user}, and the connection names no file with one`,
    hint: "Give the connection a passwordFile, or let pg_hba.conf sign this role in by peer or cert.",
  });
}
