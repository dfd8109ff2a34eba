/**
 * Runs a program without a shell and tells only how it ended: what it prints may hold a secret and goes nowhere. It gets
 * a bare environment, and is killed with all that it started when it takes too long.
 */
import { spawn, type ChildProcess } from "node:child_process";
import type { Context } from "../../domain/ports.ts";

/** What a command needs of the world around it: the clock, and the environment that it gets a part of. */
export type CommandSurroundings = Pick<Context, "clock" | "env">;

export interface CommandOrder {
  /** Program and arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly timeoutMs: number;
  /** Never secret: others may read a process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export type CommandEnd =
  | { readonly how: "exited"; readonly code: number }
  | { readonly how: "killed"; readonly by: string }
  | { readonly how: "timed-out" }
  | { readonly how: "aborted" }
  /** It could not be started; `code` is the operating system's. */
  | { readonly how: "not-started"; readonly code: string };

const PASSED_ON = ["PATH", "HOME", "LANG"] as const;

export async function runCommand(
  order: CommandOrder,
  around: CommandSurroundings,
  signal: AbortSignal,
): Promise<CommandEnd> {
  if (signal.aborted) return { how: "aborted" };
  const [program, ...args] = order.argv;
  const env = { ...passedOn(around.env), ...order.env };
  // A session of its own, so that everything it starts can be killed with it.
  const child = spawn(program, args, { cwd: "/", env, stdio: "ignore", detached: true, shell: false });
  const ended = endOf(child);
  const timer = new AbortController();
  const stop = AbortSignal.any([timer.signal, signal]);
  const late = around.clock.sleep(order.timeoutMs, stop).then(
    () => "timed-out" as const,
    () => "aborted" as const,
  );
  try {
    const first = await Promise.race([ended, late]);
    if (typeof first !== "string") return first;
    killGroup(child);
    await ended;
    return { how: first };
  } finally {
    timer.abort();
  }
}

function endOf(child: ChildProcess): Promise<CommandEnd> {
  return new Promise((resolve) => {
    child.once("error", (thrown: NodeJS.ErrnoException) => {
      resolve({ how: "not-started", code: thrown.code ?? "unknown error" });
    });
    child.once("exit", (code, by) => {
      resolve(code === null ? { how: "killed", by: by ?? "unknown" } : { how: "exited", code });
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself at the same moment.
  }
}

function passedOn(own: Context["env"]): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = own[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
