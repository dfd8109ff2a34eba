import type { Socket } from "node:net";
import type { Client } from "pg";
import { z } from "zod";
import { RotationError } from "../../domain/errors.ts";
import { bounded } from "./bounded.ts";
import type { CallFacts } from "./failure.ts";

export interface SessionFacts {
  /** What the session is for, for people: `set the password of app_a`. */
  readonly what: string;
  readonly host: string;
  readonly timeoutMs: number;
}

/** What keyturn says to one database, from signing in to signing out. Statements follow one another. */
export class Session {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #facts: SessionFacts;
  readonly #signal: AbortSignal;

  constructor(client: Client, socket: Socket, facts: SessionFacts, signal: AbortSignal) {
    this.#client = client;
    this.#socket = socket;
    this.#facts = facts;
    this.#signal = signal;
  }

  /** `values` are `$1`, `$2`, … of the text. */
  async rows<T>(schema: z.ZodType<T>, text: string, values: readonly unknown[] = []): Promise<readonly T[]> {
    const { rows } = await this.#exchange({ discreet: false, committing: false }, () =>
      this.#client.query<Record<string, unknown>>(text, [...values]),
    );
    const read = z.array(schema).safeParse(rows);
    if (read.success) return read.data;
    throw new RotationError("unexpected-answer", {
      kind: "rejected",
      message: `could not ${this.#facts.what} at ${this.#facts.host}: the catalog has another form than it should`,
      hint: "keyturn knows PostgreSQL 14 to 18.",
    });
  }

  async run(text: string): Promise<void> {
    await this.#exchange({ discreet: false, committing: false }, () => this.#client.query(text));
  }

  /** A statement with a secret in it: no error repeats what the server says of it. */
  async runDiscreetly(text: string): Promise<void> {
    await this.#exchange({ discreet: true, committing: false }, () => this.#client.query(text));
  }

  /** Only from here on can a lost answer mean that something happened: without it a server forgets the transaction. */
  async commit(): Promise<void> {
    await this.#exchange({ discreet: false, committing: true }, () => this.#client.query("COMMIT"));
  }

  /** Nobody waits for the server to take its leave; one that does not is cut off. */
  close(): void {
    this.#socket.unref();
    this.#client.end().catch(() => undefined);
    AbortSignal.timeout(LEAVE_MS).addEventListener("abort", () => this.#socket.destroy(), { once: true });
  }

  #exchange<T>(how: Pick<CallFacts, "discreet" | "committing">, send: () => Promise<T>): Promise<T> {
    const { what, host, timeoutMs } = this.#facts;
    const bounds = { socket: this.#socket, timeoutMs, signal: this.#signal };
    return bounded({ what, host, ...how }, bounds, send);
  }
}

const LEAVE_MS = 1_000;
