/** Clients that trust one authority and nothing else, and come one after the other without end. */
import { once } from "node:events";
import { connect } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";

export interface Load {
  /** Handshakes so far. */
  readonly done: () => number;
  /** What went wrong, a line each. */
  readonly failures: readonly string[];
  /** Fingerprints in the order in which they were first seen. */
  readonly seen: () => readonly string[];
  stop(): Promise<void>;
}

const LANES = 4;
const PAUSE_MS = 5;

export function startLoad(port: number, ca: string): Load {
  const failures: string[] = [];
  const seen = new Set<string>();
  let done = 0;
  let goesOn = true;
  const lane = async (): Promise<void> => {
    while (goesOn) {
      const served = await handshake(port, ca);
      if (served.startsWith("!")) failures.push(served);
      else seen.add(served);
      done += 1;
      await sleep(PAUSE_MS);
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  return {
    done: () => done,
    failures,
    seen: () => [...seen],
    async stop() {
      goesOn = false;
      await Promise.all(lanes);
    },
  };
}

/** The leaf's fingerprint, as keyturn writes it; `!` and why where there was none. */
export async function handshake(port: number, ca: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" });
  try {
    await once(socket, "secureConnect");
    const { fingerprint256 = "" } = socket.getPeerX509Certificate() ?? {};
    return fingerprint256.replaceAll(":", "").toLowerCase();
  } catch (thrown) {
    return `! ${(thrown as NodeJS.ErrnoException).code ?? String(thrown)}`;
  } finally {
    socket.destroy();
  }
}
