/** Runs `bin/keyturn` as a person or a timer does: a process of its own, of which only output and exit code are seen. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

const BIN = join(import.meta.dirname, "../../../bin/keyturn");

/** A line of `--json`: what the tests look at of it. */
export interface Told {
  readonly type: string;
  readonly name?: string;
  readonly outcome?: string;
  readonly version?: number | null;
  readonly sweeping?: number;
  readonly nextAt?: string | null;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string | null };
}

export interface Finished {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface Running {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  readonly finished: Promise<Finished>;
}

export interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  /** What is on standard input; closed when left out. */
  readonly input?: string;
}

export function startKeyturn(args: readonly string[], { env, onLine, input }: StartOptions): Running {
  const startedAt = performance.now();
  const child = spawn(BIN, [...args], { stdio: ["pipe", "pipe", "pipe"], env });
  // It may be killed, or refuse, before it has read.
  child.stdin.on("error", () => undefined).end(input);
  if (onLine !== undefined) createInterface({ input: child.stdout }).on("line", onLine);
  const finish = async (): Promise<Finished> => {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr, tookMs: performance.now() - startedAt };
  };
  return { pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), finished: finish() };
}

/** The environment of every command: nothing of the test's own, and a compile cache that all of them share. */
export function commandEnvironment(tmpDir: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: tmpDir,
    TMPDIR: tmpDir,
    NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
  };
}

/** What a command told with `--json`, line by line; a line that was cut by a kill is left out. */
export function toldBy({ stdout }: Finished): readonly Told[] {
  const lines = stdout.split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Told);
}
