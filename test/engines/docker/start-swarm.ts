import { importBaseImage } from "./base-image.ts";
import { startDaemon, type Daemon, type DockerCli } from "./daemon.ts";

/** A one-node swarm with the sample image in it. */
export interface RealSwarm {
  /** For a connection: `unix://…`. */
  readonly host: string;
  readonly socket: string;
  readonly folder: string;
  /** A process in the engine's network namespace. */
  readonly pid: number;
  docker: DockerCli;
  close(): Promise<void>;
}

export async function startSwarm(): Promise<RealSwarm> {
  const daemon = await startDaemon();
  try {
    await daemon.docker(["swarm", "init", "--advertise-addr", "127.0.0.1"]);
    await importBaseImage(daemon);
  } catch (thrown) {
    await daemon.close();
    throw thrown;
  }
  return {
    host: `unix://${daemon.socket}`,
    socket: daemon.socket,
    folder: daemon.folder,
    pid: daemon.pid,
    docker: daemon.docker,
    close: () => leaveAndClose(daemon),
  };
}

/** Leaving stops every task through the engine, which takes the tasks' control groups away; killing alone would not. */
async function leaveAndClose(daemon: Daemon): Promise<void> {
  try {
    await daemon.docker(["swarm", "leave", "--force"]);
  } finally {
    await daemon.close();
  }
}
