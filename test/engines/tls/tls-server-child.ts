/** A server that reads its certificate again at SIGHUP; with a file `deaf` in its folder it does not listen to that. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createServer, type SecureContextOptions } from "node:tls";

const [folder = "", port = "0"] = process.argv.slice(2);

function read(): SecureContextOptions {
  const file = (name: string): Buffer => readFileSync(join(folder, "tls", name));
  return { cert: file("fullchain.pem"), key: file("privkey.pem") };
}

const server = createServer(read(), (socket) => socket.on("error", () => undefined));
server.on("tlsClientError", () => undefined);
process.on("SIGHUP", () => {
  if (!existsSync(join(folder, "deaf"))) server.setSecureContext(read());
});
server.listen(Number(port), "127.0.0.1");
