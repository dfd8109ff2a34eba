import { readFile } from "node:fs/promises";
import { RotationError } from "../../domain/errors.ts";
import type { Finding, Surroundings } from "../../domain/check.ts";
import type { SecretValue } from "../../domain/material.ts";
import { readAgain } from "../../domain/read-again.ts";
import type { Clock } from "../../domain/time.ts";
import { expandPath } from "../schema.ts";
import { errnoOf } from "../errno.ts";
import { AdminSignIn } from "./admin-sign-in.ts";
import { EntraReads } from "./entra-reads.ts";
import { ANY_APPLICATION } from "./grant.ts";
import { Graph } from "./graph.ts";
import { inspectEntra } from "./inspect-entra.ts";
import { listApplications, type NamedApplication } from "./list-applications.ts";
import {
  readApplication,
  readPasswords,
  type AddedPassword,
  type EntraApplication,
  type PasswordCredential,
} from "./password-credential.ts";
import { PasswordWrites, type PasswordOrder } from "./password-writes.ts";
import type { EntraConnectionConfig } from "./schema.ts";
import { readEnabled, writeEnabled } from "./service-principal.ts";
import { SignIn, type Refusal } from "./sign-in.ts";
import { Transport } from "./transport.ts";

export interface EntraConnectionOptions {
  readonly clock: Clock;
  /** For `${VAR}` in the paths of the configuration. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The client of one Entra tenant. Safe for concurrent use; everything that shares a tenant should share one. */
export class EntraConnection {
  /** What `doctor` reads. */
  readonly reads: EntraReads;
  readonly #config: EntraConnectionConfig;
  readonly #options: EntraConnectionOptions;
  readonly #graph: Graph;
  readonly #signIn: SignIn;
  readonly #writes: PasswordWrites;
  readonly #transport: Transport;
  readonly #applications = new Map<string, EntraApplication>();

  constructor(config: EntraConnectionConfig, transport: Transport, options: EntraConnectionOptions) {
    const { clock, env } = options;
    const { tenant, authorityHost, graphUrl } = config;
    this.#config = config;
    this.#options = options;
    this.#transport = transport;
    this.#signIn = new SignIn({ tenant, authorityHost, scope: `${graphUrl}/.default`, transport, clock });
    const admin = new AdminSignIn({ config, signIn: this.#signIn, clock, env });
    this.#graph = new Graph({ graphUrl, admin, transport, clock });
    this.reads = new EntraReads(this.#graph, admin, clock);
    this.#writes = new PasswordWrites(this.#graph, clock, (objectId, signal) =>
      this.passwords(objectId, signal),
    );
  }

  /** Finds an application by its client id (appId) or, when there is none, by its object id. */
  async application(id: string, signal: AbortSignal): Promise<EntraApplication> {
    const known = this.#applications.get(id);
    if (known !== undefined) return known;
    const query = "?$select=id,appId";
    const what = `read application ${id}`;
    const byAppId = await this.#graph.attempt(
      { what, method: "GET", path: `/applications(appId='${id}')${query}` },
      signal,
    );
    if ("error" in byAppId && byAppId.refusal.status !== 404) throw byAppId.error;
    const body =
      "body" in byAppId
        ? byAppId.body
        : await this.#graph.call({ what, method: "GET", path: `/applications/${id}${query}` }, signal);
    const application = readApplication(body);
    if (application === null) throw unexpected(what);
    this.#applications.set(id, application);
    return application;
  }

  /** Those that keyturn may change: all of the tenant when its token says so, else those that it owns. */
  async applications(signal: AbortSignal): Promise<readonly NamedApplication[]> {
    const { clock } = this.#options;
    const { clientId, graphUrl } = this.#config;
    const grant = await readAgain(clock, signal, () => this.reads.grant(signal));
    const whose = grant?.roles.includes(ANY_APPLICATION) === true ? "all" : "owned";
    return listApplications(this.#graph, { whose, clientId, graphUrl, clock }, signal);
  }

  /** Reads lag behind writes, and flap while replicas catch up. */
  async passwords(objectId: string, signal: AbortSignal): Promise<readonly PasswordCredential[]> {
    const what = `read the passwords of application ${objectId}`;
    const path = `/applications/${objectId}?$select=id,appId,passwordCredentials`;
    const passwords = readPasswords(await this.#graph.call({ what, method: "GET", path }, signal));
    if (passwords === null) throw unexpected(what);
    return passwords;
  }

  /** Never repeated: when the answer is lost, `displayName` is the only way to find out. */
  addPassword(objectId: string, order: PasswordOrder, signal: AbortSignal): Promise<AddedPassword> {
    return this.#writes.add(objectId, order, signal);
  }

  /** Resolves, too, when there is surely no such password any more. */
  removePassword(objectId: string, keyId: string, signal: AbortSignal): Promise<void> {
    return this.#writes.remove(objectId, keyId, signal);
  }

  /** Signs in as another application, to prove its secret; null when it was accepted. */
  async signIn(clientId: string, clientSecret: SecretValue, signal: AbortSignal): Promise<Refusal | null> {
    const result = await this.#signIn.attempt(clientId, { clientSecret }, signal);
    return result.accepted ? null : result.refusal;
  }

  /** Whether an application may sign in to this tenant at all. `id`: its client id. */
  isEnabled(id: string, signal: AbortSignal): Promise<boolean> {
    return readEnabled(this.#graph, id, signal);
  }

  /** Tokens that were issued before live on until they expire. */
  setEnabled(id: string, enabled: boolean, signal: AbortSignal): Promise<void> {
    return writeEnabled(this.#graph, id, enabled, signal);
  }

  inspect(_around: Surroundings, signal: AbortSignal): Promise<readonly Finding[]> {
    const { clock, env } = this.#options;
    const parts = { config: this.#config, reads: this.reads, transport: this.#transport, clock, env };
    return inspectEntra(parts, signal);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

export async function connectEntra(
  config: EntraConnectionConfig,
  options: EntraConnectionOptions,
): Promise<EntraConnection> {
  const extraCa = config.caFile === undefined ? null : await readCa(expandPath(config.caFile, options.env));
  return new EntraConnection(config, new Transport({ timeoutMs: config.timeout, extraCa }), options);
}

async function readCa(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `the connection's caFile ${path} cannot be read (${errnoOf(error)})`,
      hint: "Check the path, and that keyturn's user may read the file.",
    });
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new RotationError("config-invalid", {
    kind: "rejected",
    message: `the connection's caFile ${path} holds no certificate`,
    hint: "It must hold PEM certificates.",
  });
}

function unexpected(what: string): RotationError {
  return new RotationError("unexpected-answer", {
    kind: "transient",
    message: `could not ${what}: Graph's answer has another form than it should`,
    hint: "Check graphUrl, and whether a proxy answers in Graph's place.",
  });
}
