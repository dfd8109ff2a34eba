/** Asks a program of the system for its state: what it prints is the answer, and holds no secret. */
import { execFile } from "node:child_process";
import type { CommandSurroundings } from "./run-command.ts";

const [MOST_BYTES, LONGEST_MS] = [64 * 1024, 10_000];

/** null when the program is not there, fails, or takes too long. */
export function readCommand(
  [program, ...args]: readonly [string, ...string[]],
  { env }: Pick<CommandSurroundings, "env">,
  signal: AbortSignal,
): Promise<string | null> {
  const options = {
    cwd: "/",
    env: { PATH: env["PATH"] ?? "", LC_ALL: "C" },
    maxBuffer: MOST_BYTES,
    timeout: LONGEST_MS,
    killSignal: "SIGKILL",
    signal,
  } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout) => {
      resolve(error === null ? stdout : null);
    });
  });
}
