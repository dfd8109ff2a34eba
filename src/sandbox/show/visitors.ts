/** Visitors of the application's page: one fresh TLS handshake after the other, each of which must succeed. */
import { connect } from "node:tls";
import { systemClock } from "../../domain/system-clock.ts";

const PAUSE_MS = 60;
const TIMEOUT_MS = 5_000;

export interface VisitorsOptions {
  readonly port: number;
  readonly caPem: string;
}

export interface Visits {
  readonly tried: number;
  /** Not trusted, not for this name, cut off, or a certificate without its key. */
  readonly failed: number;
  /** SHA-256 of the leaf that was served last; null before the first visit. */
  readonly served: string | null;
}

export class Visitors {
  readonly #options: VisitorsOptions;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  visits: Visits = { tried: 0, failed: 0, served: null };

  constructor(options: VisitorsOptions) {
    this.#options = options;
    this.#ended = this.#come();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("the show is over"));
    await this.#ended;
  }

  async #come(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const served = await handshake(this.#options).catch(() => null);
      const { tried, failed } = this.visits;
      this.visits = {
        tried: tried + 1,
        failed: failed + (served === null ? 1 : 0),
        served: served ?? this.visits.served,
      };
      await systemClock.sleep(PAUSE_MS, this.#stop.signal).catch(() => undefined);
    }
  }
}

/** Gives the fingerprint of the leaf; rejects when a client would not go on. */
function handshake({ port, caPem }: VisitorsOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, ca: caPem, servername: "localhost" }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.end();
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("no handshake in time")));
    socket.once("error", reject);
  });
}
