import { isUtf8 } from "node:buffer";
import { ByteText, codeOf, codesOf } from "./bytes.ts";

/** These mean themselves, without quotes, to every reader: systemd, shells, and all sorts of dotenv. */
const PLAIN = codesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+,-");
const BACKSLASH = codeOf("\\");
const DOUBLE = codeOf('"');

export function isPlain(value: Buffer): boolean {
  return value.length > 0 && value.every((code) => PLAIN.has(code));
}

export function inSingleQuotes(value: Buffer): Buffer {
  return Buffer.concat([Buffer.from("'"), value, Buffer.from("'")]);
}

/** `escapes`: which characters get a backslash, and what stands after it. */
export function inDoubleQuotes(value: Buffer, escapes: ReadonlyMap<number, number>): Buffer {
  const text = new ByteText();
  text.push(DOUBLE);
  for (const code of value) {
    const escaped = escapes.get(code);
    if (escaped === undefined) text.push(code);
    else text.push(BACKSLASH, escaped);
  }
  text.push(DOUBLE);
  return text.take();
}

/** Each of these stands for itself after a backslash. */
export function escapedAsThemselves(characters: string): [number, number][] {
  return [...codesOf(characters)].map((code) => [code, code]);
}

/** Readers decode the file as UTF-8 and end it, or the value, at a NUL. */
export function isReadableText(value: Buffer): boolean {
  return !value.includes(0) && isUtf8(value);
}
