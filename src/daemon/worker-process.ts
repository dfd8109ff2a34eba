/** A worker: this very program in a process of its own, which ends when its work is done and takes its memory with it. */
import { spawn } from "node:child_process";
import type { FromWorker, ToWorker } from "./messages.ts";
import { readMessages, writeMessage } from "./lines.ts";

export interface WorkerProcess {
  readonly pid: number;
  send(message: ToWorker): void;
  /** It ends when it has read everything. */
  end(): void;
  kill(): void;
}

export interface WorkerListener {
  message(message: FromWorker): void;
  /** Once, after every message that was still to be read. */
  exited(code: number | null, signal: NodeJS.Signals | null): void;
}

export interface WorkerProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type StartWorker = (listener: WorkerListener) => WorkerProcess;

export function workerStarter({ file, args, env }: WorkerProgram): StartWorker {
  return (listener) => {
    // Values that an operator gives pass through the pipe: never through arguments or the environment.
    const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "inherit"] });
    readMessages<FromWorker>(child.stdout, (message) => listener.message(message));
    child.stdin.on("error", () => undefined);
    child.once("error", () => listener.exited(null, null));
    child.once("close", (code, signal) => listener.exited(code, signal));
    return {
      pid: child.pid ?? 0,
      send: (message) => writeMessage(child.stdin, message),
      end: () => child.stdin.end(),
      kill: () => void child.kill("SIGKILL"),
    };
  };
}
