/** A release as `npm run release` makes it, of a copy of this repository. */
import { execFile } from "node:child_process";
import { existsSync, renameSync, writeFileSync } from "node:fs";
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

/** The release's program does this when it is told to be a daemon, and ends; whatever else it is told, it does. */
export function breakDaemon(release: string, instead: string): void {
  const [main, sound] = [join(release, "dist/main.js"), join(release, "dist/sound-main.js")];
  if (!existsSync(sound)) renameSync(main, sound);
  const program = `if (process.argv[2] === "daemon") { ${instead}; process.exit(1); }
await import("./sound-main.js");
`;
  writeFileSync(main, program);
}
