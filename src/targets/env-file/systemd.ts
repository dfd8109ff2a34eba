/**
 * systemd's EnvironmentFile: systemd.exec(5), and `parse_env_file_internal` in src/basic/env-file.c, whose states these are.
 * Lines that begin with `#` or `;` are comments; a backslash at a line's end joins the next one; quotes may span lines.
 */
import { ByteText, codeOf, codesOf } from "./bytes.ts";
import type { Assignment, EnvDialect, Scanned } from "./env-dialect.ts";
import { escapedAsThemselves, inDoubleQuotes, isPlain, isReadableText } from "./quoting.ts";
import { refusedFile } from "../../connections/file-system/file-failure.ts";

const COMMENTS = codesOf("#;");
const NEWLINE = codesOf("\n\r");
const WHITESPACE = codesOf(" \t\n\r");
/** Inside double quotes a backslash is dropped before these only. */
const NEED_ESCAPE = '"\\`$';
const UNESCAPED = codesOf(NEED_ESCAPE);
const ESCAPES = new Map(escapedAsThemselves(NEED_ESCAPE));
const [EQUALS, SINGLE, DOUBLE, BACKSLASH, LINE_FEED, TAB, DELETE] = [
  codeOf("="),
  codeOf("'"),
  codeOf('"'),
  codeOf("\\"),
  codeOf("\n"),
  codeOf("\t"),
  0x7f,
];

type State =
  | "before-key"
  | "key"
  | "before-value"
  | "value"
  | "value-escape"
  | "single"
  | "double"
  | "double-escape"
  | "comment"
  | "comment-escape";

const END: Readonly<Record<State, Scanned["end"]>> = {
  "before-key": "line-ended",
  key: "in-line",
  "before-value": "in-line",
  value: "in-line",
  comment: "in-line",
  "value-escape": "open",
  single: "open",
  double: "open",
  "double-escape": "open",
  "comment-escape": "open",
};

export const systemd: EnvDialect = {
  scan(file, path) {
    const scanner = new Scanner(path);
    for (const [at, code] of file.entries()) scanner.read(code, at);
    return scanner.finish(file.length);
  },
  /** systemd drops an assignment whose value is no UTF-8 or has control characters (env_value_is_valid). */
  quote(value) {
    if (!isReadableText(value) || value.some(isForbidden)) return null;
    return isPlain(value) ? Buffer.from(value) : inDoubleQuotes(value, ESCAPES);
  },
};

function isForbidden(code: number): boolean {
  return code === DELETE || (code < 0x20 && code !== LINE_FEED && code !== TAB);
}

class Scanner {
  readonly #path: string;
  readonly #assignments: Assignment[] = [];
  readonly #value = new ByteText();
  #state: State = "before-key";
  #key = "";
  #start = 0;
  #valueStart = 0;
  /** How long the value is without the whitespace at its end, if it has any. */
  #trimmed: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  read(code: number, at: number): void {
    switch (this.#state) {
      case "before-key":
        return this.#readBeforeKey(code, at);
      case "key":
        return this.#readKey(code, at);
      case "before-value":
        return this.#readBeforeValue(code, at);
      case "value":
        return this.#readValue(code, at);
      case "value-escape":
        this.#state = "value";
        if (!NEWLINE.has(code)) this.#value.push(code);
        return;
      case "single":
        if (code === SINGLE) this.#state = "before-value";
        else this.#value.push(code);
        return;
      case "double":
        if (code === DOUBLE) this.#state = "before-value";
        else if (code === BACKSLASH) this.#state = "double-escape";
        else this.#value.push(code);
        return;
      case "double-escape":
        this.#state = "double";
        if (UNESCAPED.has(code)) this.#value.push(code);
        else if (code !== LINE_FEED) this.#value.push(BACKSLASH, code);
        return;
      case "comment":
        if (code === BACKSLASH) this.#state = "comment-escape";
        else if (NEWLINE.has(code)) this.#state = "before-key";
        return;
      case "comment-escape":
        if (NEWLINE.has(code)) throw this.#ambiguous();
        this.#state = "comment";
    }
  }

  finish(at: number): Scanned {
    const end = END[this.#state];
    if (this.#isInValue()) this.#push(at);
    return { assignments: this.#assignments, end };
  }

  #readBeforeKey(code: number, at: number): void {
    if (COMMENTS.has(code)) this.#state = "comment";
    else if (!WHITESPACE.has(code)) {
      this.#state = "key";
      this.#start = at;
      this.#key = String.fromCharCode(code);
    }
  }

  #readKey(code: number, at: number): void {
    if (NEWLINE.has(code)) this.#state = "before-key";
    else if (code === EQUALS) {
      this.#state = "before-value";
      this.#valueStart = at + 1;
      this.#trimmed = null;
    } else this.#key += String.fromCharCode(code);
  }

  #readBeforeValue(code: number, at: number): void {
    if (NEWLINE.has(code)) this.#push(at);
    else if (code === SINGLE) this.#state = "single";
    else if (code === DOUBLE) this.#state = "double";
    else if (code === BACKSLASH) this.#state = "value-escape";
    else if (!WHITESPACE.has(code)) {
      this.#state = "value";
      this.#value.push(code);
    }
  }

  #readValue(code: number, at: number): void {
    if (NEWLINE.has(code)) return this.#push(at);
    if (code === BACKSLASH) {
      this.#state = "value-escape";
      this.#trimmed = null;
      return;
    }
    if (!WHITESPACE.has(code)) this.#trimmed = null;
    else this.#trimmed ??= this.#value.length;
    this.#value.push(code);
  }

  #push(at: number): void {
    const isTrimmed = this.#state === "value" && this.#trimmed !== null;
    this.#assignments.push({
      key: this.#key.trimEnd(),
      start: this.#start,
      valueStart: this.#valueStart,
      valueEnd: at,
      end: at,
      value: this.#value.take(isTrimmed ? (this.#trimmed ?? undefined) : undefined),
    });
    this.#state = "before-key";
  }

  #isInValue(): boolean {
    return !["before-key", "key", "comment", "comment-escape"].includes(this.#state);
  }

  /** systemd up to 253 takes the next line for a part of the comment, and newer ones do not. */
  #ambiguous(): Error {
    return refusedFile(
      `${this.#path} has a comment that ends in a backslash, which versions of systemd read differently`,
      "Remove the backslash at the comment's end.",
    );
  }
}
