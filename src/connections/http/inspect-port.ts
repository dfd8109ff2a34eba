import { connect } from "node:net";
import { failed, proved, type Finding } from "../../domain/check.ts";

const CONNECT_MS = 5_000;

/** Whether a TCP connection can be made; it is closed at once. */
export async function inspectPort(host: string, port: number, signal: AbortSignal): Promise<Finding> {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const code = await dial(host, port, AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]));
  if (code === null) return proved("reachable", `${address} takes connections`);
  const hint = "Check that the server runs, the address, the name service and the firewall.";
  return failed("reachable", `${address} takes no connection (${code})`, hint);
}

/** null when it could be made, else the system's word for why not. */
function dial(host: string, port: number, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (code: string | null): void => {
      signal.removeEventListener("abort", stop);
      socket.destroy();
      resolve(code);
    };
    const stop = (): void => settle(`no answer within ${CONNECT_MS / 1000} s`);
    signal.addEventListener("abort", stop, { once: true });
    socket.once("connect", () => settle(null));
    socket.on("error", (error: NodeJS.ErrnoException) => settle(error.code ?? "a connection error"));
    if (signal.aborted) stop();
  });
}
