import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SYSCALLS = "pwrite64,fsync,fdatasync,close,write";

/**
 * The system calls of a child that writes one run to a journal of its own, one a line; `inject` lets one of them fail.
 * Descriptors are written with their path.
 */
export async function traceJournal(
  dir: string,
  command: readonly string[],
  inject?: string,
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(dir, "traced-"));
  const trace = join(folder, "trace");
  // One file per thread: in a common one, a call that another thread's interrupts is broken in two.
  const options = ["-ff", "-y", "-o", trace, "-e", `trace=${SYSCALLS}`];
  if (inject !== undefined) options.push("-e", `inject=${inject}`);
  const child = spawn("strace", [...options, process.execPath, ...command, join(folder, "state"), "1"], {
    stdio: "ignore",
  });
  await once(child, "close");
  return readdirSync(folder)
    .filter((name) => name.startsWith("trace."))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
}
