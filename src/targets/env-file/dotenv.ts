/**
 * The dotenv format, which has no standard: what the libraries of Node, Python, Ruby and Go, docker compose and a shell
 * read alike is written wherever the value allows it.
 */
import { ByteText, codeOf, codesOf } from "./bytes.ts";
import type { Assignment, EnvDialect } from "./env-dialect.ts";
import { escapedAsThemselves, inDoubleQuotes, inSingleQuotes, isPlain, isReadableText } from "./quoting.ts";

const [DOUBLE, BACKSLASH, HASH, LINE_FEED, RETURN] = [
  codeOf('"'),
  codeOf("\\"),
  codeOf("#"),
  codeOf("\n"),
  codeOf("\r"),
];
const QUOTES = codesOf("'\"`");
const BLANK = codesOf(" \t");
/** Not in single quotes: libraries differ about backslashes there, and turn a carriage return into a line feed. */
const NOT_IN_SINGLE = codesOf("'\\\r");
const ESCAPES = new Map([...escapedAsThemselves('"\\$`'), [RETURN, codeOf("r")] as [number, number]]);
const UNESCAPED = new Map([
  ...escapedAsThemselves('"\\$`'),
  [codeOf("n"), LINE_FEED] as [number, number],
  [codeOf("r"), RETURN] as [number, number],
]);
const KEY = /^[ \t]*((?:export[ \t]+)?([\w.-]+))[ \t]*=[ \t]*/;

export const dotenv: EnvDialect = {
  scan(file) {
    const assignments: Assignment[] = [];
    for (let at = 0; at < file.length;) {
      const assignment = assignmentAt(file, at);
      if (assignment !== null) assignments.push(assignment);
      at = nextLine(file, assignment?.end ?? at);
    }
    const isEnded = file.length === 0 || file.at(-1) === LINE_FEED;
    return { assignments, end: isEnded ? "line-ended" : "in-line" };
  },
  quote(value) {
    if (!isReadableText(value)) return null;
    if (isPlain(value)) return Buffer.from(value);
    return value.some((code) => NOT_IN_SINGLE.has(code))
      ? inDoubleQuotes(value, ESCAPES)
      : inSingleQuotes(value);
  },
};

function assignmentAt(file: Buffer, at: number): Assignment | null {
  const lineEnd = endOfLine(file, at);
  // Only the part up to the value becomes a string.
  const equals = file.subarray(at, lineEnd).indexOf("=");
  if (equals < 0) return null;
  const head = KEY.exec(file.toString("latin1", at, at + equals + 1));
  if (head === null) return null;
  const afterEquals = at + equals + 1;
  const start = at + head[0].indexOf(head[1] as string);
  const key = head[2] as string;
  const quoteAt = skipBlank(file, afterEquals);
  const close = QUOTES.has(file[quoteAt] ?? 0) ? closingQuote(file, quoteAt) : null;
  if (close === null) return { key, start, ...unquoted(file, afterEquals, lineEnd), end: lineEnd };
  const value = unescaped(file.subarray(quoteAt + 1, close), file[quoteAt] === DOUBLE);
  return { key, start, valueStart: quoteAt, valueEnd: close + 1, end: endOfLine(file, close), value };
}

/**
 * The first quote that no backslash stands before and after which the line holds nothing but a comment; else the first
 * with a backslash of which the latter is true. `null`: the quote is part of an unquoted value.
 */
function closingQuote(file: Buffer, open: number): number | null {
  let second: number | null = null;
  let isEscaped = false;
  for (let at = open + 1; at < file.length; at += 1) {
    if (file[at] === file[open]) {
      const isLast = isBlankOrComment(file, at + 1);
      if (isLast && !isEscaped) return at;
      if (isLast) second ??= at;
      else if (!isEscaped) return second;
    }
    isEscaped = file[at] === BACKSLASH && !isEscaped;
  }
  return second;
}

function isBlankOrComment(file: Buffer, from: number): boolean {
  const at = skipBlank(file, from);
  return at >= endOfLine(file, from) || file[at] === HASH;
}

/** To a `#` that whitespace stands before, or to the line's end, without the whitespace there. */
function unquoted(
  file: Buffer,
  afterEquals: number,
  lineEnd: number,
): Pick<Assignment, "valueStart" | "valueEnd" | "value"> {
  let end = lineEnd;
  for (let at = afterEquals + 1; at < lineEnd; at += 1) {
    if (file[at] !== HASH || !BLANK.has(file[at - 1] ?? 0)) continue;
    end = at;
    break;
  }
  while (end > afterEquals && BLANK.has(file[end - 1] ?? 0)) end -= 1;
  const valueStart = Math.min(skipBlank(file, afterEquals), end);
  return { valueStart, valueEnd: end, value: Buffer.from(file.subarray(valueStart, end)) };
}

function unescaped(text: Buffer, hasEscapes: boolean): Buffer {
  if (!hasEscapes) return Buffer.from(text);
  const value = new ByteText();
  for (let at = 0; at < text.length; at += 1) {
    const code = text[at] as number;
    const meant = code === BACKSLASH ? UNESCAPED.get(text[at + 1] ?? 0) : undefined;
    value.push(meant ?? code);
    if (meant !== undefined) at += 1;
  }
  return value.take();
}

function skipBlank(file: Buffer, from: number): number {
  let at = from;
  while (BLANK.has(file[at] ?? 0)) at += 1;
  return at;
}

/** Before the line feed and a carriage return before it. */
function endOfLine(file: Buffer, from: number): number {
  const lineFeed = file.indexOf(LINE_FEED, from);
  if (lineFeed < 0) return file.length;
  return lineFeed > from && file[lineFeed - 1] === RETURN ? lineFeed - 1 : lineFeed;
}

function nextLine(file: Buffer, from: number): number {
  const lineFeed = file.indexOf(LINE_FEED, from);
  return lineFeed < 0 ? file.length : lineFeed + 1;
}
