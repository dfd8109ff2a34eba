/** A file system of our own whose power can be cut: ext4 on a file. */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";

const CUT = join(import.meta.dirname, "power-cut.py");
/** ext4 writes everything by itself so often; longer than a test, or it would do the work of the one that is tested. */
const COMMIT_S = 300;

export interface Disk {
  readonly mountPoint: string;
  /** Ready to cut the power without delay once a line is written to it. */
  cutter(): ChildProcessByStdio<Writable, null, null>;
  /** Mounts it again, as after a reboot. */
  reboot(): void;
  remove(): void;
}

export function makeDisk(): Disk {
  const dir = mkdtempSync(join(tmpdir(), "keyturn-disk-"));
  const [first, mountPoint] = [join(dir, "image"), join(dir, "mnt")];
  let image = first;
  const run = (command: string, ...args: string[]): void =>
    void execFileSync(command, args, { stdio: "pipe" });
  const mount = (): void => run("mount", "-o", `loop,commit=${COMMIT_S}`, image, mountPoint);
  try {
    writeFileSync(image, "");
    truncateSync(image, 64 * 1024 * 1024);
    mkdirSync(mountPoint);
    run("mkfs.ext4", "-q", image);
    mount();
  } catch (thrown) {
    rmSync(dir, { recursive: true, force: true });
    throw new Error("an ext4 on a loop device cannot be mounted", { cause: thrown });
  }
  return {
    mountPoint,
    cutter: () => spawn("python3", [CUT, mountPoint], { stdio: ["pipe", "ignore", "ignore"] }),
    reboot: () => {
      run("umount", mountPoint);
      // Mounted again as a copy: another mount namespace may keep the one that was shut down alive.
      run("cp", "--sparse=always", image, `${image}+`);
      rmSync(image);
      image = `${image}+`;
      mount();
    },
    remove: () => {
      run("umount", mountPoint);
      rmSync(dir, { recursive: true });
    },
  };
}

/** Throws when there can be no such disk here. */
export async function tryPowerCut(): Promise<void> {
  const disk = makeDisk();
  try {
    const cutter = disk.cutter();
    cutter.stdin.end("now\n");
    const [status] = (await once(cutter, "close")) as [number | null];
    if (status !== 0) throw new Error("python3 cannot shut an ext4 down");
  } finally {
    disk.remove();
  }
}
