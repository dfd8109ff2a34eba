import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describeProbe, type ProbeWorld } from "./describe-probe.ts";
import { contextWith } from "./reload/context.ts";
import { tcp } from "../../src/probes/tcp.ts";

async function startWorld(): Promise<ProbeWorld> {
  let server: Server | null = null;
  const port = await freePort();
  const close = async (): Promise<void> => {
    if (server === null) return;
    const closed = once(server, "close");
    server.close();
    server = null;
    await closed;
  };
  return {
    connect: (within) =>
      tcp.connect(
        tcp.schema.parse({ kind: "tcp", host: "127.0.0.1", port, within, every: "10ms" }),
        contextWith(),
      ),
    async pass() {
      server ??= createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
      if (!server.listening) await once(server, "listening");
    },
    fail: close,
    // A refused connection shows nowhere but in the probe: a few of its looks go by.
    nextLook: () => sleep(30),
    breakFarSide: close,
    evidence: "probed",
    seen: "ECONNREFUSED",
    canary: "nothing-is-sent",
    close,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describeProbe("tcp", startWorld);
