import { createServer, type AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Takes connections and says nothing, until the running test is over. Gives its port. */
export async function startSilence(): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}
