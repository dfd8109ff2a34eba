import type { Segment, Style, Terminal } from "./terminal.ts";
import { escapeControls } from "./terminal.ts";

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

const GAP = "  ";
const NARROWEST = 8;

/** Prints columns as wide as their content; when that is too wide for the terminal, the first one gives way. */
export function printTable(
  terminal: Terminal,
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
): void {
  const clean = rows.map((row) => row.map((cell) => ({ ...cell, text: escapeControls(cell.text) })));
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...clean.map((row) => row[column]?.text.length ?? 0)),
  );
  const excess = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - terminal.columns;
  if (excess > 0) widths[0] = Math.max(NARROWEST, (widths[0] ?? 0) - excess);
  const header = heads.map((text): Cell => ({ text, style: "dim" }));
  for (const row of [header, ...clean])
    terminal.print(...row.flatMap((cell, column) => segments(cell, column, widths)));
}

function segments({ text, style }: Cell, column: number, widths: readonly number[]): readonly Segment[] {
  const width = widths[column] ?? 0;
  const fitted = text.length > width ? `${text.slice(0, width - 1)}…` : text;
  const last = column === widths.length - 1;
  return [
    style === undefined ? fitted : { text: fitted, style },
    last ? "" : " ".repeat(width - fitted.length) + GAP,
  ];
}
