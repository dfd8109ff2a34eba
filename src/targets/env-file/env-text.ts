/** An environment file with one key changed; every other byte stays. The results are the caller's to wipe. */
import type { Assignment, EnvDialect } from "./env-dialect.ts";
import { refusedFile } from "../../connections/file-system/file-failure.ts";

/** A key that is set twice has its last value (systemd.exec(5); so do shells and dotenv). */
export function assignmentOf(
  file: Buffer,
  key: string,
  dialect: EnvDialect,
  path: string,
): Assignment | undefined {
  const { assignments } = dialect.scan(file, path);
  const found = assignments.findLast((each) => each.key === key);
  for (const each of assignments) if (each !== found) each.value.fill(0);
  return found;
}

/** `quoted` as the dialect's `quote` gives it. */
export function withValue(
  file: Buffer,
  key: string,
  quoted: Buffer,
  dialect: EnvDialect,
  path: string,
): Buffer {
  const found = assignmentOf(file, key, dialect, path);
  if (found !== undefined) return spliced(file, found.valueStart, found.valueEnd, quoted);
  return appended(file, Buffer.concat([Buffer.from(`${key}=`), quoted]), dialect, path);
}

/** `assignment` as it stood in the file once, from `export` or the key to the line's end. */
export function withAssignment(
  file: Buffer,
  key: string,
  assignment: Buffer,
  dialect: EnvDialect,
  path: string,
): Buffer {
  const found = assignmentOf(file, key, dialect, path);
  if (found !== undefined) return spliced(file, found.start, found.end, assignment);
  return appended(file, assignment, dialect, path);
}

/** Undoes `appended`, to the byte. */
export function withoutKey(file: Buffer, key: string, dialect: EnvDialect, path: string): Buffer {
  const found = assignmentOf(file, key, dialect, path);
  if (found === undefined) return Buffer.from(file);
  const { start, end } = found;
  const rest = withoutKey(
    spliced(file, ...lineAround(file, start, end), Buffer.alloc(0)),
    key,
    dialect,
    path,
  );
  return rest;
}

/** With the line break after it, or, at the file's end, the one before it. */
function lineAround(file: Buffer, start: number, end: number): [number, number] {
  const after = breakAt(file, end);
  if (after > 0) return [start, end + after];
  if (file[start - 1] !== 0x0a) return [start, end];
  return [file[start - 2] === 0x0d ? start - 2 : start - 1, end];
}

function breakAt(file: Buffer, at: number): number {
  if (file[at] === 0x0a) return 1;
  return file[at] === 0x0d && file[at + 1] === 0x0a ? 2 : 0;
}

function appended(file: Buffer, assignment: Buffer, dialect: EnvDialect, path: string): Buffer {
  const { end } = dialect.scan(file, path);
  if (end === "open") {
    throw refusedFile(
      `${path} ends within a quoted or continued value, so no line can be added to it`,
      "End the last value: close its quote, or remove the backslash.",
    );
  }
  const lineBreak = Buffer.from(usesReturns(file) ? "\r\n" : "\n");
  return Buffer.concat(end === "line-ended" ? [file, assignment, lineBreak] : [file, lineBreak, assignment]);
}

/** As its first line ends. */
function usesReturns(file: Buffer): boolean {
  return file[file.indexOf("\n") - 1] === 0x0d;
}

function spliced(file: Buffer, from: number, to: number, insert: Buffer): Buffer {
  return Buffer.concat([file.subarray(0, from), insert, file.subarray(to)]);
}
