import { escapeControls, paint, type Style, type Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

const WIDEST = 100;
const LABEL_WIDTH = 16;

/** A label, and beside it text in lines that fit. */
export function printLabelled(terminal: Terminal, label: string, style: Style, text: string): void {
  const width = Math.min(terminal.columns, WIDEST) - LABEL_WIDTH;
  wrap(joinCommands(escapeControls(text)), width).forEach((line, index) => {
    const head = index === 0 ? paint(`  ${label}`.padEnd(LABEL_WIDTH), style) : " ".repeat(LABEL_WIDTH);
    terminal.print(head, line.replaceAll(JOINED, " "));
  });
}

/** A command is not broken over lines, so that it can be copied. A vertical tab cannot be in escaped text. */
const JOINED = "\v";

function joinCommands(text: string): string {
  return text.replaceAll(/`[^`]*`/g, (command) => command.replaceAll(" ", JOINED));
}
