import { readSync } from "node:fs";

const TAIL_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Reads backwards until a whole line, newline included, has been seen. */
export function lastWholeLine(
  file: number,
  length: number,
): { readonly end: number; readonly line: string | null } {
  for (let span = Math.min(TAIL_BYTES, length); ; span = Math.min(span * 4, length)) {
    const tail = Buffer.alloc(span);
    readSync(file, tail, 0, span, length - span);
    const end = tail.lastIndexOf(NEWLINE) + 1;
    const start = end < 2 ? 0 : tail.lastIndexOf(NEWLINE, end - 2) + 1;
    if (end > 0 && (start > 0 || span === length)) {
      return { end: length - span + end, line: tail.toString("utf8", start, end - 1) };
    }
    if (span === length) return { end: 0, line: null };
  }
}
