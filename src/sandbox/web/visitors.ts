/** Clients that shake hands with a server without end, and trust one authority. */
import { once } from "node:events";
import { connect } from "node:tls";
import { systemClock } from "../../domain/system-clock.ts";

const PAUSE_MS = 20;

export class Visitors {
  tried = 0;
  failed = 0;
  /** SHA-256 of the certificate that was served last, as Node writes it. */
  lastSeen = "";
  readonly #port: number;
  readonly #ca: string;
  readonly #over = new AbortController();
  readonly #gone: Promise<void>;

  constructor(port: number, ca: string) {
    this.#port = port;
    this.#ca = ca;
    this.#gone = this.#come();
  }

  async leave(): Promise<void> {
    this.#over.abort(new Error("they have seen enough"));
    await this.#gone;
  }

  async #come(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await this.#visit();
      await systemClock.sleep(PAUSE_MS, this.#over.signal).catch(() => undefined);
    }
  }

  async #visit(): Promise<void> {
    const socket = connect({ host: "127.0.0.1", port: this.#port, ca: this.#ca, servername: "localhost" });
    this.tried += 1;
    try {
      await once(socket, "secureConnect");
      this.lastSeen = socket.getPeerX509Certificate()?.fingerprint256 ?? "";
    } catch {
      this.failed += 1;
    } finally {
      socket.destroy();
    }
  }
}
