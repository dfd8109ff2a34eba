import type { Command } from "commander";
import { didYouMean } from "../config/problem.ts";
import { ERROR_CODES, RotationError, type ErrorCode } from "../domain/errors.ts";
import { paint, Terminal } from "./output/terminal.ts";
import { wrap } from "./output/wrap.ts";
import type { Services } from "./services.ts";

const WIDEST = 100;

export function addExplain(program: Command, services: Services): void {
  program
    .command("explain")
    .description("what an error code means and what to do; without one, every code")
    .argument("[code]", "as it stands in brackets: error[code]")
    .option("--json", "print one JSON document")
    .action(async (code: string | undefined, { json }: { json?: true }) => {
      const { ERROR_HELP } = await import("../domain/error-help.ts");
      const terminal = new Terminal(services);
      const codes = code === undefined ? (Object.keys(ERROR_CODES) as ErrorCode[]) : [known(code)];
      const rows = codes.map((each) => ({ code: each, meaning: ERROR_CODES[each], todo: ERROR_HELP[each] }));
      if (json === true) return terminal.json(code === undefined ? { codes: rows } : rows[0]);
      if (code === undefined) return printCodes(terminal, rows);
      for (const row of rows) printCode(terminal, row);
    });
}

interface Row {
  readonly code: ErrorCode;
  readonly meaning: string;
  readonly todo: string;
}

function known(code: string): ErrorCode {
  if (Object.hasOwn(ERROR_CODES, code)) return code as ErrorCode;
  throw new RotationError("usage", {
    kind: "rejected",
    message: `there is no error code \`${code}\``,
    hint: didYouMean(code, Object.keys(ERROR_CODES)) ?? "`keyturn explain` lists every code.",
  });
}

function printCodes(terminal: Terminal, rows: readonly Row[]): void {
  for (const { code, meaning } of rows) {
    terminal.print(paint(code, "bold"));
    printText(terminal, meaning, "  ");
  }
}

function printCode(terminal: Terminal, { code, meaning, todo }: Row): void {
  terminal.print(paint(code, "bold"));
  printText(terminal, meaning);
  terminal.print();
  printText(terminal, todo);
}

function printText(terminal: Terminal, text: string, indent = ""): void {
  const width = Math.min(terminal.columns, WIDEST) - indent.length;
  for (const line of wrap(text, width)) terminal.print(indent + line);
}
