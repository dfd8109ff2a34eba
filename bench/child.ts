import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs a command to its end and gives its wall time in milliseconds. Throws when it fails. */
export function timed(command: string, args: readonly string[]): number {
  const begin = performance.now();
  const { status, stderr } = spawnSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited ${status}: ${String(stderr)}`);
  return performance.now() - begin;
}

/** Tells its peak memory on descriptor 3 when it exits; the same small preload for both sides of a comparison. */
const PRELOAD =
  "data:text/javascript,import{writeSync}from'node:fs';process.on('exit',()=>writeSync(3,String(process.resourceUsage().maxRSS)))";

/** Peak resident memory of a command that is a Node process, in bytes. */
export function peakMemory(command: string, args: readonly string[]): number {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  const path = join(folder, "rss");
  const out = openSync(path, "w");
  try {
    const env = { ...process.env, NODE_OPTIONS: `--import "${PRELOAD}"` };
    const { status, stderr } = spawnSync(command, args, { stdio: ["ignore", "ignore", "pipe", out], env });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited ${status}: ${String(stderr)}`);
    return Number(readFileSync(path, "utf8")) * 1024;
  } finally {
    closeSync(out);
    rmSync(folder, { recursive: true });
  }
}
