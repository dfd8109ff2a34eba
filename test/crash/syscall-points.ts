/** The system calls of a child on some paths, counted and then interfered with, one after the other, by strace. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** A call by its place among those of its name. */
export interface SyscallPoint {
  readonly syscall: string;
  readonly nth: number;
}

export interface Traced {
  /** Node's arguments. */
  readonly command: readonly string[];
  /** Only calls on these count. */
  readonly paths: readonly string[];
}

export const WRITES = ["openat", "pwrite64", "write", "fsync", "fdatasync", "ftruncate"].concat(
  "fchmod",
  "rename",
  "unlink",
);

/** All work on one thread, since strace counts the calls of each. */
const ENV = {
  ...process.env,
  UV_THREADPOOL_SIZE: "1",
  NODE_COMPILE_CACHE: join(tmpdir(), "keyturn-test-cache"),
};

export function straceArguments({ command, paths }: Traced, options: readonly string[]): readonly string[] {
  const only = paths.flatMap((path) => ["-P", path]);
  // Not --seccomp-bpf, fast as it is: it stops at another event, from which no signal is delivered.
  return ["-f", ...only, "-e", `trace=${WRITES.join(",")}`, ...options, process.execPath, ...command];
}

export const straceEnvironment = ENV;

/** Gives what the child said. */
export async function runTraced(traced: Traced, options: readonly string[]): Promise<string> {
  const child = spawn("strace", straceArguments(traced, options), {
    stdio: ["ignore", "pipe", "ignore"],
    env: ENV,
  });
  const [said] = await Promise.all([text(child.stdout), once(child, "close")]);
  return said.trim();
}

/** Every call of a run that nothing happens to. Opening for reading only is none: nothing can go wrong that lasts. */
export async function countPoints(traced: Traced): Promise<readonly SyscallPoint[]> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-trace-"));
  await runTraced(traced, ["-o", join(folder, "trace")]);
  const lines = readFileSync(join(folder, "trace"), "utf8").split("\n");
  rmSync(folder, { recursive: true });
  const counts = new Map<string, number>();
  const points: SyscallPoint[] = [];
  for (const line of lines) {
    const syscall = /^\d+ +(\w+)\(/.exec(line)?.[1];
    if (syscall === undefined || !WRITES.includes(syscall)) continue;
    const nth = (counts.get(syscall) ?? 0) + 1;
    counts.set(syscall, nth);
    if (syscall !== "openat" || line.includes("O_CREAT")) points.push({ syscall, nth });
  }
  return points;
}

/** Does `work` for each, so many at once. */
export async function forEachOf<T>(
  all: readonly T[],
  atOnce: number,
  work: (each: T) => Promise<void>,
): Promise<void> {
  const left = [...all];
  const next = async (): Promise<void> => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await work(each);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}
