/** What a person sees of a command that did not work. */
import type { Finished } from "./start-keyturn.ts";

export interface SeenError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Of the command as a whole, on standard error: `error[code]: message`, and the hint below it. */
const OF_COMMAND = /^error\[([a-z-]+)\]: (.+)\n(?:hint: (.+)\n)?/gm;
/** Of a secret, below how it ended, on standard output. */
const OF_SECRET = /^(?:refused|rolled back) .+\n {2}\[([a-z-]+)\] (.+)\n(?: {2}hint: (.+)\n)?/gm;

export function errorsIn({ stdout, stderr }: Finished): readonly SeenError[] {
  const blocks = [...stderr.matchAll(OF_COMMAND), ...stdout.matchAll(OF_SECRET)];
  return blocks.map(([, code = "", message = "", hint = null]) => ({ code, message, hint }));
}

/** A line of a stack trace, in whichever stream. */
export function stackTraceIn({ stdout, stderr }: Finished): string | null {
  return /^\s+at .+[:(].*\d+.*$/m.exec(`${stdout}\n${stderr}`)?.[0] ?? null;
}
