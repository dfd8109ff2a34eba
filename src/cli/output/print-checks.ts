/** What `doctor` found, for people: subject by subject, what failed with how to mend it, and a count. */
import type { Check, CheckResult } from "../../domain/check.ts";
import { escapeControls, paint, type Style, type Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

const WIDEST = 100;
const LABEL_WIDTH = 16;
const LOOKS: Readonly<Record<CheckResult, readonly [string, Style]>> = {
  proved: ["proved", "green"],
  inferred: ["inferred", "cyan"],
  "not-checkable": ["not checkable", "yellow"],
  failed: ["FAILED", "red"],
};

export function printChecks(terminal: Terminal, checks: readonly Check[]): void {
  for (const [subject, of] of Map.groupBy(checks, (check) => check.subject)) {
    terminal.print(paint(subject, "bold"));
    for (const check of of) printCheck(terminal, check);
  }
  terminal.print(summary(checks));
}

function printCheck(terminal: Terminal, { result, check, message, hint }: Check): void {
  const [label, style] = LOOKS[result];
  told(terminal, label, style, `${check}: ${message}`);
  if (hint !== undefined) told(terminal, "  hint", "cyan", hint);
}

/** A label, and beside it text in lines that fit. */
function told(terminal: Terminal, label: string, style: Style, text: string): void {
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

function summary(checks: readonly Check[]): string {
  const counted = (["failed", "proved", "inferred", "not-checkable"] as const).map((result) => {
    const count = checks.filter((check) => check.result === result).length;
    return `${count} ${LOOKS[result][0].toLowerCase()}`;
  });
  return `${counted.join(", ")}. Nothing was changed.`;
}
