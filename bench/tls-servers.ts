/** A process of its own with TLS servers on many ports; tells its parent which, and ends with it. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";

const [cert = "", key = "", count = "0"] = process.argv.slice(2);
const options = { cert: readFileSync(cert), key: readFileSync(key) };
const ports: number[] = [];
for (let at = 0; at < Number(count); at++) {
  const server = createServer(options, (socket) => void socket.on("error", () => {}));
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ports.push((server.address() as AddressInfo).port);
}
process.send?.(ports);
process.on("disconnect", () => process.exit());
