/** Run in another network namespace: listens on its loopback port, and hands every connection to a socket file. */
import { createConnection, createServer } from "node:net";

const [port, socket] = process.argv.slice(2);

createServer((near) => {
  const far = createConnection(socket ?? "");
  near.on("error", () => far.destroy());
  far.on("error", () => near.destroy());
  near.pipe(far).pipe(near);
}).listen(Number(port), "127.0.0.1", () => process.stdout.write("listening\n"));
