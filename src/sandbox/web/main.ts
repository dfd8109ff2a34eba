/** A TLS server, a process of its own, that reads certificate and key again on SIGHUP. Its settings are its one argument. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type SecureContextOptions } from "node:tls";
import type { WebSettings } from "./start-web-server.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as WebSettings;
const server = createServer(read(), (socket) => socket.on("error", () => {}).end());
server.on("tlsClientError", () => {});

process.on("SIGHUP", () => server.setSecureContext(read()));
// Ctrl-C reaches the whole group of processes; when this one ends is the sandbox's decision.
process.on("SIGINT", () => {});
process.on("disconnect", () => server.close());

server.listen(0, "127.0.0.1");
await once(server, "listening");
writeFileSync(settings.pidFile, `${process.pid}\n`);
process.send?.((server.address() as AddressInfo).port);

function read(): SecureContextOptions {
  return { cert: readFileSync(settings.certificateFile), key: readFileSync(settings.keyFile) };
}
