/** The application's page: HTTPS with the certificate in a folder, which is read again when it is told to. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface Page {
  readonly port: number;
  /** Connections that are there keep the certificate that they began with. */
  reload(): void;
  close(): void;
}

export async function openPage(folder: string): Promise<Page> {
  const server: Server = createServer(readPair(folder), (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain", connection: "close" }).end("hello\n");
  });
  // A visitor who breaks off is none of the others' business.
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    reload: () => server.setSecureContext(readPair(folder)),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function readPair(folder: string): { cert: Buffer; key: Buffer } {
  return {
    cert: readFileSync(join(folder, "fullchain.pem")),
    key: readFileSync(join(folder, "privkey.pem")),
  };
}
