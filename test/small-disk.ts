import { execFileSync } from "node:child_process";
import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { tempFolder } from "./temp-folder.ts";

export interface SmallDisk {
  readonly dir: string;
  /** Leaves no room at all. */
  fill(): void;
  /** Takes back what `fill` wrote. */
  free(): void;
}

/** A file system of the running test's own, `mebibytes` small; the test is skipped where none can be mounted. */
export function smallDisk(mebibytes: number, skip: (why: string) => never): SmallDisk {
  const dir = tempFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", dir], { stdio: "pipe" });
  } catch {
    return skip("a tmpfs cannot be mounted here");
  }
  onTestFinished(() => void execFileSync("umount", ["-l", dir]));
  const filler = join(dir, "filler");
  return { dir, fill: () => fill(filler), free: () => rmSync(filler) };
}

function fill(filler: string): void {
  for (const block of [65_536, 4_096, 512]) {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(block, 1));
    } catch {
      // No room for a block of this size.
    }
  }
}
