/**
 * A daemon waits for years and is to be small meanwhile. Node keeps tens of MiB for what strips types once that was needed:
 * so when everything is compiled, and kept in the compile cache, the process begins anew in its own place, under the same
 * process id and with the same descriptors, and needs it no more.
 */
import { flushCompileCache, getCompileCacheDir } from "node:module";
import { extname } from "node:path";

/** Tells the process that it has begun anew. */
export const LEAN_MARK = "KEYTURN_LEAN";

/** Comes back only where there is nothing to be gained, or where a process cannot be replaced. */
export function becomeLean(): void {
  const { env, execPath, execArgv, argv } = process;
  const strips = extname(import.meta.filename) === ".ts" && getCompileCacheDir() !== undefined;
  if (!strips || env[LEAN_MARK] !== undefined) return;
  flushCompileCache();
  try {
    process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, [LEAN_MARK]: "1" });
  } catch {
    // It works all the same.
  }
}
