/** Stands between keyturn and a PostgreSQL server, and tells of each statement before the server has it. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { FrameReader } from "./frames.ts";

export interface WireTap {
  readonly port: number;
  /** What it returns says whether the server gets the statement. */
  onStatement: (statement: string) => boolean;
  close(): Promise<void>;
}

/** `upstream` is the server's socket. */
export async function startWireTap(upstream: string): Promise<WireTap> {
  const open = new Set<Socket>();
  const tap: WireTap = {
    port: 0,
    onStatement: () => true,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  const server = createServer((client) => {
    const far = connect(upstream);
    const frames = new FrameReader();
    for (const socket of [client, far]) {
      open.add(socket);
      socket.on("error", () => undefined);
      // What was sent before still arrives: a server may act on it after its client is gone.
      socket.on("close", () => {
        open.delete(socket);
        (socket === client ? far : client).end();
      });
    }
    client.on("data", (bytes) => {
      for (const { bytes: frame, statement } of frames.read(bytes)) {
        if (statement === null || tap.onStatement(statement)) far.write(frame);
        else far.destroy();
      }
    });
    far.on("data", (bytes) => client.write(bytes));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(tap, { port: (server.address() as AddressInfo).port });
}
