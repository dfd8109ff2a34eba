import { importBaseImage } from "./base-image.ts";
import { startDaemon, type Daemon } from "./daemon.ts";

/** A one-node swarm with the sample image in it. */
export interface RealSwarm {
  /** For a connection: `unix://…`. */
  readonly host: string;
  readonly socket: string;
  readonly folder: string;
  docker(args: readonly string[], input?: Buffer): Promise<string>;
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
