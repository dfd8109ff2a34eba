import type { Finding, Surroundings } from "../../domain/check.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Environment } from "../../domain/expand-path.ts";
import type { Connection, ConnectionOptions } from "../../domain/ports.ts";
import type { CallFacts } from "./failure.ts";
import { inspectPostgres } from "./inspect-postgres.ts";
import { openClient, SignInRefused, type OpenedClient } from "./open-client.ts";
import { readOwnCredential, type PostgresCredential } from "./own-credential.ts";
import type { PostgresConnectionConfig } from "./schema.ts";
import { Session } from "./session.ts";

export interface SessionOrder {
  /** What it is for, for people: `read the roles`. */
  readonly what: string;
  /** The connection's own when left out. */
  readonly database?: string;
}

/** How a sign-in with somebody's password ended. */
export type SignInVerdict = "accepted" | "not-checked" | "refused";

/**
 * One PostgreSQL server. Each piece of work has a session of its own and signs in anew: nothing is kept open, and a credential
 * that was replaced on disk counts at once. Safe for concurrent use.
 */
export class PostgresConnection implements Connection {
  readonly #config: PostgresConnectionConfig;
  readonly #env: Environment;

  constructor(config: PostgresConnectionConfig, env: Environment) {
    this.#config = config;
    this.#env = env;
  }

  /** Where keyturn's own sessions are. */
  get database(): string {
    return this.#config.database;
  }

  /** `db.example.com:5432` */
  get host(): string {
    return `${this.#config.host}:${this.#config.port}`;
  }

  /** Reads, or statements of which each counts by itself. */
  async session<T>(
    order: SessionOrder,
    signal: AbortSignal,
    use: (session: Session) => Promise<T>,
  ): Promise<T> {
    const session = await this.#open(order, signal);
    try {
      return await use(session);
    } finally {
      session.close();
    }
  }

  /** All that `use` does counts, or nothing does. One at a time: whoever else changes roles through keyturn waits. */
  transaction<T>(
    order: SessionOrder,
    signal: AbortSignal,
    use: (session: Session) => Promise<T>,
  ): Promise<T> {
    return this.session(order, signal, async (session) => {
      await session.run("BEGIN");
      await session.run(`SELECT pg_advisory_xact_lock(${LOCK_KEY})`);
      const result = await use(session);
      await session.commit();
      return result;
    });
  }

  /** Signs in as somebody else, to prove a password. */
  async signIn(
    credential: PostgresCredential,
    database: string,
    signal: AbortSignal,
  ): Promise<SignInVerdict> {
    const facts = this.#facts(`sign in as ${credential.user}`);
    const opened = await this.#connect(credential, database, facts, {}, signal);
    if (opened === null) return "refused";
    sessionOf(opened, facts, this.#config.timeout, signal).close();
    return opened.isPasswordChecked ? "accepted" : "not-checked";
  }

  inspect(_around: Surroundings, signal: AbortSignal): Promise<readonly Finding[]> {
    return inspectPostgres(this, signal);
  }

  async close(): Promise<void> {}

  async #open(
    { what, database = this.#config.database }: SessionOrder,
    signal: AbortSignal,
  ): Promise<Session> {
    const { timeout } = this.#config;
    const facts = this.#facts(what);
    const credential = await readOwnCredential(this.#config, this.#env);
    const limits = {
      statement_timeout: timeout,
      lock_timeout: timeout,
      // keyturn may be killed, or cut off, between two statements: what it holds then must not stay held.
      idle_in_transaction_session_timeout: 2 * timeout,
    };
    const opened = await this.#connect(credential, database, facts, limits, signal);
    if (opened === null) throw refusedAdmin(facts, credential.user);
    const session = sessionOf(opened, facts, timeout, signal);
    // Whatever the settings of the role and the database say: names without a schema are those of the catalog, and keyturn acts
    // as the role that it signed in as.
    await session.run("SET ROLE NONE; SET search_path = pg_catalog").catch((thrown: unknown) => {
      session.close();
      throw thrown;
    });
    return session;
  }

  /** Null when the server does not take the credential. */
  async #connect(
    credential: PostgresCredential,
    database: string,
    facts: CallFacts,
    limits: Readonly<Record<string, number>>,
    signal: AbortSignal,
  ): Promise<OpenedClient | null> {
    const order = { config: this.#config, env: this.#env, credential, database, facts, limits };
    return openClient(order, signal).catch((thrown: unknown) => {
      if (thrown instanceof SignInRefused) return null;
      throw thrown;
    });
  }

  #facts(what: string): CallFacts {
    return { what, host: this.host, committing: false, discreet: false };
  }
}

/** "keyturn" in ASCII. Advisory locks are of one database: everyone who rotates the same roles must sign in to the same. */
const LOCK_KEY = 0x6b657974_75726en;

function sessionOf(
  { client, socket }: OpenedClient,
  { what, host }: CallFacts,
  timeoutMs: number,
  signal: AbortSignal,
): Session {
  return new Session(client, socket, { what, host, timeoutMs }, signal);
}

function refusedAdmin({ what, host }: CallFacts, user: string): RotationError {
  return new RotationError("admin-credential-refused", {
    kind: "rejected",
    message: `could not ${what}: ${host} does not let keyturn sign in as ${user}`,
    hint: "Check the connection's credential, the role's LOGIN and VALID UNTIL, and pg_hba.conf.",
  });
}

export async function connectPostgres(
  config: PostgresConnectionConfig,
  { env }: ConnectionOptions,
): Promise<PostgresConnection> {
  return new PostgresConnection(config, env);
}
