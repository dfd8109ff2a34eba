import type { Readable, Writable } from "node:stream";
import { createInterface } from "node:readline";

/** Calls `take` with every message that comes as a line of JSON; what is no JSON is not for us. */
export function readMessages<T>(input: Readable, take: (message: T) => void): void {
  createInterface({ input, crlfDelay: Infinity }).on("line", (line) => {
    const message = parsed<T>(line);
    if (message !== null) take(message);
  });
}

/** One message as a line. Nobody listening any more is no error: the other side's end is told by its process. */
export function writeMessage(output: Writable, message: object): void {
  if (output.writable) output.write(`${JSON.stringify(message)}\n`);
}

function parsed<T>(line: string): T | null {
  try {
    return JSON.parse(line) as T;
  } catch {
    return null;
  }
}
