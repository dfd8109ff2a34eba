/** A socket in front of the engine's: sees each request before the engine does, and can swallow it. */
import { createConnection, createServer, type Socket } from "node:net";

export interface Wire {
  close(): Promise<void>;
}

/** `arrives` is told of each request's first line; false keeps the request from the engine. */
export async function startWire(
  path: string,
  behind: string,
  arrives: (request: string) => boolean,
): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(behind);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (bytes: Buffer) => {
      const request = /^(?:GET|POST|DELETE|HEAD) \S+/.exec(bytes.toString("latin1", 0, 200))?.[0];
      if (request !== undefined && !arrives(request)) near.pause();
      else far.write(bytes);
    });
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
