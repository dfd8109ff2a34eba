import type { RotationError } from "../../domain/errors.ts";
import { paint, type Terminal } from "./terminal.ts";

type Printable = Pick<RotationError, "code" | "message" | "hint">;

/** An error as `--json` shows it. */
export interface ErrorRow {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export function errorRow({ code, message, hint }: Printable): ErrorRow {
  return { code, message, hint };
}

/** `error[code]: message`, and what to do about it. */
export function printError(terminal: Terminal, { code, message, hint }: Printable, word = "error"): void {
  terminal.warn(paint(`${word}[${code}]`, word === "error" ? "red" : "yellow"), `: ${message}`);
  if (hint !== null) terminal.warn(paint("hint", "cyan"), `: ${hint}`);
}
