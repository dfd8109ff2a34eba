/** What a person sees of a command that did not work. */
import type { Finished } from "./start-keyturn.ts";
import { toldBy } from "./start-keyturn.ts";

export interface SeenError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Every `error[code]: message` in the plain output, with the hint below it. */
export function errorsIn({ stderr }: Finished): readonly SeenError[] {
  const blocks = [...stderr.matchAll(/^error\[([a-z-]+)\]: (.+)\n(?:hint: (.+)\n)?/gm)];
  return blocks.map(([, code = "", message = "", hint = null]) => ({ code, message, hint }));
}

/** The error that `--json` ends with: of a secret, or of the command as a whole. */
export function errorTold(finished: Finished): SeenError | undefined {
  return toldBy(finished).findLast(({ type }) => type === "run-ended" || type === "error")?.error;
}

/** A line of a stack trace, in whichever stream. */
export function stackTraceIn({ stdout, stderr }: Finished): string | null {
  return /^\s+at .+[:(].*\d+.*$/m.exec(`${stdout}\n${stderr}`)?.[0] ?? null;
}
