/** What `doctor` found, for people: subject by subject, what failed with how to mend it, and a count. */
import type { Check, CheckResult } from "../../domain/check.ts";
import { printLabelled } from "./labelled.ts";
import { paint, type Style, type Terminal } from "./terminal.ts";

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
  printLabelled(terminal, label, style, `${check}: ${message}`);
  if (hint !== undefined) printLabelled(terminal, "  hint", "cyan", hint);
}

function summary(checks: readonly Check[]): string {
  const counted = (["failed", "proved", "inferred", "not-checkable"] as const).map((result) => {
    const count = checks.filter((check) => check.result === result).length;
    return `${count} ${LOOKS[result][0].toLowerCase()}`;
  });
  return `${counted.join(", ")}. Nothing was changed.`;
}
