/** Asks on a terminal for what must not be seen there. */
import { RotationError } from "../domain/errors.ts";
import { escapeControls } from "./output/terminal.ts";
import type { Services } from "./services.ts";

const KEYS = { interrupt: 0x03, end: 0x04, backspace: 0x08, newline: 0x0a, enter: 0x0d, delete: 0x7f };
const FIRST_PRINTABLE = 0x20;

/** The value, typed twice and alike, which the caller wipes. Throws `usage` when the two differ, `aborted` at Ctrl-C. */
export async function askTwice(
  secret: string,
  stdin: NodeJS.ReadStream,
  stderr: Services["stderr"],
): Promise<Buffer> {
  const ask = (question: string): void => void stderr.write(question);
  stdin.setRawMode(true);
  ask(`New value of ${escapeControls(secret)}, not shown: `);
  const lines: Buffer[] = [];
  try {
    for await (const line of unseenLines(stdin)) {
      ask("\n");
      lines.push(line);
      if (lines.length === 2) break;
      ask("Once more: ");
    }
    const [first, second] = lines;
    if (first === undefined || second === undefined) throw interrupted();
    if (first.equals(second)) return Buffer.from(first);
    throw new RotationError("usage", {
      kind: "rejected",
      message: "the two values are not the same",
      hint: "Nothing was changed; try again, or use a pipe.",
    });
  } finally {
    stdin.setRawMode(false);
    for (const line of lines) line.fill(0);
  }
}

/** What is typed or pasted, line by line, as it would be with an echo. */
async function* unseenLines(stdin: NodeJS.ReadStream): AsyncGenerator<Buffer> {
  let line: number[] = [];
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (byte === KEYS.interrupt) throw interrupted();
      if (byte === KEYS.newline || byte === KEYS.enter || byte === KEYS.end) {
        yield Buffer.from(line);
        line = [];
      } else if (byte === KEYS.backspace || byte === KEYS.delete) line = withoutLast(line);
      else if (byte >= FIRST_PRINTABLE) line.push(byte);
      else throw notText();
    }
    chunk.fill(0);
  }
}

/** Without the last character, which is several bytes in UTF-8. */
function withoutLast(line: readonly number[]): number[] {
  return line.slice(
    0,
    Math.max(
      0,
      line.findLastIndex((byte) => (byte & 0xc0) !== 0x80),
    ),
  );
}

function notText(): RotationError {
  const hint = "Nothing was changed; paste or type the value without arrow keys and the like.";
  return new RotationError("usage", {
    kind: "rejected",
    message: "a key was pressed that is not text",
    hint,
  });
}

function interrupted(): RotationError {
  return new RotationError("aborted", {
    kind: "transient",
    message: "no value was given",
    hint: "Nothing was changed.",
  });
}
