/** The image of the sample services: nothing but a static busybox, since nothing can be pulled. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Daemon } from "./daemon.ts";
import { BUSYBOX } from "./probe-docker.ts";

const run = promisify(execFile);

export const IMAGE = "keyturn-sample:1";
const APPLETS = [
  "sh",
  "sleep",
  "cat",
  "kill",
  "nc",
  "httpd",
  "wget",
  "true",
  "false",
  "grep",
  "echo",
  "hostname",
];

export async function importBaseImage(daemon: Daemon): Promise<void> {
  const bin = join(daemon.folder, "image", "bin");
  await mkdir(bin, { recursive: true });
  await mkdir(join(daemon.folder, "image", "tmp"));
  await copyFile(BUSYBOX, join(bin, "busybox"));
  await Promise.all(APPLETS.map((applet) => symlink("busybox", join(bin, applet))));
  const archive = join(daemon.folder, "image.tar");
  await run("tar", ["-C", join(daemon.folder, "image"), "-cf", archive, "."]);
  await daemon.docker(["import", archive, IMAGE]);
}
