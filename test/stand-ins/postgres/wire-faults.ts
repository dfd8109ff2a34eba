/** Stands between keyturn and a PostgreSQL server, and fails chosen requests: it reads the protocol's messages as they pass. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { FarSideFault, IssuerOperation } from "../../contract/describe-issuer.ts";
import { FrameReader, type Frame } from "./frames.ts";

export interface WireFaults {
  readonly port: number;
  /** The next request of that operation fails so. */
  plan(operation: IssuerOperation, fault: FarSideFault): void;
  close(): Promise<void>;
}

export interface WireFaultOptions {
  /** The server's socket. */
  readonly upstream: string;
  /** Who signs in for anything but a proof. */
  readonly admin: string;
}

/** By what a statement is known. */
const STATEMENTS: readonly (readonly [IssuerOperation, RegExp])[] = [
  ["create", /PASSWORD 'SCRAM/],
  ["revoke", /PASSWORD NULL/],
  ["find", /right\(shobj_description/],
  ["list", /rolname = ANY/],
];

/** These take effect with the commit, so that is what is cut or left without an answer. */
const WRITES: readonly string[] = ["create", "revoke"];

export async function startWireFaults({ upstream, admin }: WireFaultOptions): Promise<WireFaults> {
  const planned = new Map<IssuerOperation, FarSideFault>();
  const open = new Set<Socket>();
  const take = (operation: IssuerOperation): FarSideFault | undefined => {
    const fault = planned.get(operation);
    planned.delete(operation);
    return fault;
  };
  const server = createServer((client) => {
    const far = connect(upstream);
    for (const socket of [client, far]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        far.destroy();
      });
    }
    new Wire(client, far, admin, take).begin();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    plan: (operation, fault) => void planned.set(operation, fault),
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

class Wire {
  readonly #client: Socket;
  readonly #far: Socket;
  readonly #admin: string;
  readonly #take: (operation: IssuerOperation) => FarSideFault | undefined;
  readonly #frames = new FrameReader();
  /** What happens to the answer to what was just passed on. */
  #answer: "passes" | "is-swallowed" | "cuts" = "passes";
  /** Waits for the commit. */
  #armed: FarSideFault | null = null;
  #isOver = false;

  constructor(
    client: Socket,
    far: Socket,
    admin: string,
    take: (operation: IssuerOperation) => FarSideFault | undefined,
  ) {
    this.#client = client;
    this.#far = far;
    this.#admin = admin;
    this.#take = take;
  }

  begin(): void {
    this.#client.on("data", (bytes) => this.#fromClient(bytes));
    this.#far.on("data", (bytes) => {
      if (this.#answer === "passes") this.#client.write(bytes);
      if (this.#answer === "cuts") this.#client.destroy();
    });
  }

  #fromClient(bytes: Buffer): void {
    for (const frame of this.#frames.read(bytes)) if (!this.#isOver) this.#pass(frame);
  }

  #pass({ bytes, isStartup, text, statement }: Frame): void {
    const fault = isStartup ? this.#atStartup(text) : this.#atStatement(statement);
    if (fault === "refuses" || fault === "throttles") {
      this.#isOver = true;
      this.#client.write(failure(fault));
      return;
    }
    if (fault === "cuts-after-applying") this.#answer = "cuts";
    if (fault === "never-answers") this.#answer = "is-swallowed";
    this.#far.write(bytes);
  }

  #atStartup(text: string): FarSideFault | undefined {
    return text.includes(`user\0${this.#admin}\0`) ? undefined : this.#take("verify");
  }

  #atStatement(text: string | null): FarSideFault | undefined {
    if (text === null) return undefined;
    if (text.includes("COMMIT") && this.#armed !== null) return this.#armed;
    const [operation] = STATEMENTS.find(([, known]) => known.test(text)) ?? [];
    const fault = operation === undefined ? undefined : this.#take(operation);
    if (fault === undefined || operation === undefined) return undefined;
    const waits =
      WRITES.includes(operation) && (fault === "never-answers" || fault === "cuts-after-applying");
    if (waits) this.#armed = fault;
    return waits ? undefined : fault;
  }
}

/** ErrorResponse and ReadyForQuery (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
function failure(fault: "refuses" | "throttles"): Buffer {
  const [state, text] =
    fault === "refuses" ? ["42501", "permission denied"] : ["53300", "sorry, too many clients already"];
  const fields = Buffer.from(`SERROR\0VERROR\0C${state}\0M${text}\0\0`, "latin1");
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from("E"), length, fields, Buffer.from("Z\0\0\0\x05E", "latin1")]);
}
