/** What booting a real systemd needs of this machine. Each is a Debian package or a right. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Throws an Error that names what is missing. */
export async function probeSystemd(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("systemd-nspawn must be started by root");
  await needs("systemd-nspawn", ["--version"], "systemd-container");
  await needs("debootstrap", ["--version"], "debootstrap");
  await needs("apt-get", ["--version"], "apt: the tree is made of this machine's own packages");
  await needs("nsenter", ["--version"], "util-linux");
  await needs("unshare", ["--net", "--mount", "--pid", "--fork", "true"], "the right to make namespaces");
}

async function needs(command: string, args: readonly string[], from: string): Promise<void> {
  try {
    await run(command, [...args]);
  } catch {
    throw new Error(`${command} does not work (${from})`);
  }
}
