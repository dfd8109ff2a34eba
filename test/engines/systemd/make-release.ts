/** A release as `npm run release` makes it, of a copy of this repository. */
import { execFile } from "node:child_process";
import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { packedCopy } from "../../packed-copy.ts";

const run = promisify(execFile);

export interface Release {
  readonly folder: string;
  readonly tarball: string;
}

export async function makeRelease(folder: string): Promise<Release> {
  const { stdout } = await run("./release.sh", { cwd: packedCopy(folder), maxBuffer: 16 * 1024 * 1024 });
  const tarball = join(folder, "copy", stdout.trim().split("\n").at(-1) ?? "");
  return { tarball, folder: tarball.replace(/\.tar\.gz$/, "") };
}

/** Puts another program in front of the real one, which it can go on to as ./real-main.js. */
export function standIn(release: string, program: string): void {
  renameSync(join(release, "dist/main.js"), join(release, "dist/real-main.js"));
  copyFileSync(join(import.meta.dirname, program), join(release, "dist/main.js"));
}
