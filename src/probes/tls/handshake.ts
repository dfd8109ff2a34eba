import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Look } from "../poll.ts";

export interface HandshakeOrder {
  /** Where to connect: a name or an address. */
  readonly host: string;
  readonly port: number;
  /** The name that is asked for. */
  readonly servername: string;
  /** Trusted certificates, PEM; null for Node's own list. */
  readonly ca: readonly string[] | null;
}

/**
 * One handshake, after which nothing is sent. What is wrong with the certificate is for `judged` to say, whose answer is the
 * handshake's; a connection that breaks is told as seen. Rejects when the signal aborts.
 */
export function shakeHands<T>(
  { host, port, servername, ca }: HandshakeOrder,
  signal: AbortSignal,
  judged: (socket: TLSSocket) => Look<T>,
): Promise<Look<T>> {
  return new Promise((resolve, reject) => {
    const trust = ca === null ? {} : { ca: [...ca] };
    const options = { host, port, rejectUnauthorized: false, checkServerIdentity: () => undefined, ...trust };
    // RFC 6066, section 3: an address is no server name.
    const socket = connect(isIP(servername) > 0 ? options : { ...options, servername });
    const stop = (): void => {
      socket.destroy();
      reject(new Error("aborted"));
    };
    signal.addEventListener("abort", stop, { once: true });
    const settle = (look: Look<T>): void => {
      signal.removeEventListener("abort", stop);
      socket.destroy();
      resolve(look);
    };
    socket.once("secureConnect", () => settle(judged(socket)));
    socket.once("close", () => settle({ seen: "a connection that was closed" }));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      settle({ seen: error.code ?? "a broken handshake" }),
    );
    if (signal.aborted) stop();
  });
}
