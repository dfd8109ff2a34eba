/** Runs keyturn's own command line as a user does, in a process of its own, and reads its JSON lines. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

const BIN = join(import.meta.dirname, "../../../bin/keyturn");

export interface ToldError {
  readonly code: string;
  readonly message: string;
}

export interface ToldStep {
  readonly type: "step";
  readonly run: string;
  readonly name: string;
  readonly subject: string;
  readonly direction: "do" | "undo";
  readonly state: "running" | "done" | "failed" | "undone" | "unknown";
  readonly attempt: number;
  readonly at: string;
  readonly error?: ToldError;
}

/** The records of `rotate --json` and `recover --json` that the sandbox looks at. */
export type Told =
  | ToldStep
  | {
      readonly type: "run-ended";
      readonly secret: string;
      readonly run: string | null;
      readonly outcome: "rotated" | "rolled-back" | "needs-operator" | "refused" | "parked";
      readonly version: number | null;
      readonly retireAt: string | null;
      readonly error?: ToldError;
    }
  | { readonly type: "retired"; readonly secret: string; readonly version: number }
  | { readonly type: "recovered"; readonly sweeping: number; readonly nextAt: string | null }
  | {
      readonly type: "contained";
      readonly subjects: number;
      readonly failed: number;
      readonly afterMs: number;
    }
  | {
      readonly type: "phase";
      readonly phase: string;
      readonly subject: string;
      readonly state: "running" | "done" | "failed" | "unknown";
      readonly error?: ToldError;
    }
  | {
      readonly type: "lockdown";
      readonly outcome: "complete" | "incomplete" | "uncontained";
      readonly missing: readonly { readonly subject: string }[];
    }
  | { readonly type: "error"; readonly error: ToldError };

export type RunEnded = Extract<Told, { type: "run-ended" }>;

export interface Finished {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly told: readonly Told[];
  readonly stderr: string;
  readonly tookMs: number;
}

export interface Command {
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  readonly finished: Promise<Finished>;
}

export interface KeyturnOptions {
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
}

/** `args` without `--json` and `--config`. `observe` sees each record as it is told. */
export function startKeyturn(
  options: KeyturnOptions,
  args: readonly string[],
  observe: (told: Told) => void,
): Command {
  const startedAt = performance.now();
  const child = spawn(BIN, [...args, "--json", "--config", options.configFile], {
    stdio: ["ignore", "pipe", "pipe"],
    env: options.env,
    // A group of its own: Ctrl-C is for the sandbox, which then asks keyturn to stop.
    detached: true,
  });
  const told: Told[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const record = JSON.parse(line) as Told;
    told.push(record);
    observe(record);
  });
  const finish = async (): Promise<Finished> => {
    const [, stderr] = await Promise.all([once(child, "close"), text(child.stderr)]);
    return { exitCode: child.exitCode, told, stderr, tookMs: performance.now() - startedAt };
  };
  return { kill: (signal) => void child.kill(signal), finished: finish() };
}

export function runEnded({ told }: Finished, secret: string): RunEnded | undefined {
  return told
    .filter((each): each is RunEnded => each.type === "run-ended")
    .findLast((each) => each.secret === secret);
}
