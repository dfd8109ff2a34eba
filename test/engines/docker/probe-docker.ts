/** What a real one-node swarm needs of this machine. Each is a Debian package or a right. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export const BUSYBOX = "/usr/bin/busybox";

/** Throws an Error that names what is missing. */
export async function probeDocker(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("dockerd must be started by root");
  await needs("dockerd", ["--version"], "docker.io");
  await needs("docker", ["--version"], "docker.io");
  await needs("ip", ["-Version"], "iproute2");
  await needs(
    "unshare",
    ["--net", "--mount", "--pid", "--fork", "true"],
    "util-linux, and the right to make namespaces",
  );
  await needsStaticBusybox();
}

async function needs(command: string, args: readonly string[], from: string): Promise<void> {
  try {
    await run(command, [...args]);
  } catch {
    throw new Error(`${command} does not work (${from})`);
  }
}

async function needsStaticBusybox(): Promise<void> {
  const binary = await readFile(BUSYBOX).catch(() => undefined);
  // A dynamic binary names its loader near the beginning, and an image of nothing else could not run it.
  if (
    binary === undefined ||
    binary.subarray(0, 4096).includes("/ld-linux") ||
    binary.subarray(0, 4096).includes("/lib/ld")
  ) {
    throw new Error(`${BUSYBOX} is not there or not static (busybox-static)`);
  }
}
