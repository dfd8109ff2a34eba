/**
 * A server of the test's on loopback, made reachable at the same address in another network namespace, so that its
 * certificate and its links hold there, too. Socket files are the same in every network namespace.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

let shared = 0;

/** `pid` is any process of that namespace. */
export async function sharePort(port: number, pid: number): Promise<AsyncDisposable> {
  const path = join(tmpdir(), `keyturn-port-${process.pid}-${(shared += 1)}.sock`);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(port, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on("error", () => other.destroy()).on("close", () => open.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  server.listen(path);
  await once(server, "listening");
  const relay = [process.execPath, join(import.meta.dirname, "relay-child.ts"), String(port), path];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "nsenter", `--net=/proc/${pid}/ns/net`, ...relay], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(NOT_STARTED)),
  ]);
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      for (const socket of open) socket.destroy();
      server.close();
      rmSync(path, { force: true });
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

const NOT_STARTED = new Error("the relay did not start in the other network namespace");
