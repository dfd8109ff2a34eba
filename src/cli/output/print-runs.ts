import type { SecretOutcome, StepState } from "../../domain/run.ts";
import type { RunState } from "../../domain/state.ts";
import { formatDuration, type Instant } from "../../domain/time.ts";
import { runRow, type RunRow, type ShownStep } from "../run-rows.ts";
import { fromNow, moment } from "./span.ts";
import { printTable, type Cell } from "./table.ts";
import { paint, type Segment, type Style, type Terminal } from "./terminal.ts";
import { versionWord } from "./version-word.ts";

const OUTCOME_STYLES: Readonly<Record<SecretOutcome, Style>> = {
  rotated: "green",
  delivered: "green",
  resolved: "green",
  parked: "cyan",
  refused: "yellow",
  "rolled-back": "red",
  "needs-operator": "red",
};

const MARKS: Readonly<Record<StepState, readonly [string, Style]>> = {
  pending: ["·", "dim"],
  running: ["…", "cyan"],
  done: ["✓", "green"],
  failed: ["✗", "red"],
  undone: ["↩", "yellow"],
  unknown: ["?", "yellow"],
  parked: ["‖", "cyan"],
};

export function printRuns(terminal: Terminal, rows: readonly RunRow[], now: Instant): void {
  if (rows.length === 0) return terminal.print("No run yet.");
  printTable(
    terminal,
    ["SECRETS", "RUN", "STARTED", "TOOK", "TRIGGER", "OUTCOME"],
    rows.map((row) => cells(row, now)),
  );
}

function cells(
  { run, secrets, trigger, startedAt, endedAt, outcome }: RunRow,
  now: Instant,
): readonly Cell[] {
  const began = startedAt === null ? now : Date.parse(startedAt);
  return [
    { text: secrets.join(", "), style: "bold" },
    { text: run },
    { text: fromNow(began, now) },
    { text: endedAt === null ? "–" : formatDuration(Date.parse(endedAt) - began) },
    { text: trigger },
    outcome === null
      ? { text: "under way", style: "cyan" }
      : { text: outcome, style: OUTCOME_STYLES[outcome] },
  ];
}

export function printRun(terminal: Terminal, run: RunState, steps: readonly ShownStep[], now: Instant): void {
  const { outcome } = runRow(run);
  const word: Segment =
    outcome === null ? paint("under way", "cyan") : paint(outcome, OUTCOME_STYLES[outcome]);
  terminal.print(paint(`${run.goal === "rollback" ? "rollback" : "run"} ${run.run}`, "bold"), "  ", word);
  terminal.print(
    `started ${moment(run.startedAt, now)}, ${run.trigger}${run.reason === null ? "" : `: ${run.reason}`}`,
  );
  if (run.phase === "parked" && run.parkedUntil !== null)
    terminal.print(`parked until ${moment(run.parkedUntil, now)}`);
  for (const { secret, from, to, reason } of run.secrets) {
    terminal.print(
      `  ${secret}: ${from === null ? "first version" : `v${from}`} → ${versionWord(to)} (${reason})`,
    );
  }
  terminal.print();
  for (const step of steps) printStep(terminal, step);
  const told = new Set<string>();
  for (const { secret, error } of run.outcomes) {
    if (error === null || told.has(error.message)) continue;
    told.add(error.message);
    terminal.print();
    terminal.print(paint(`${secret}: [${error.code}]`, "red"), ` ${error.message}`);
    if (error.hint !== null) terminal.print(paint("hint", "cyan"), `: ${error.hint}`);
  }
}

function printStep(terminal: Terminal, { name, subject, state, startedAt, endedAt, error }: ShownStep): void {
  const [mark, style] = MARKS[state];
  const took =
    startedAt === null || endedAt === null
      ? ""
      : `  ${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}`;
  terminal.print(paint(mark, style), ` ${name.padEnd(8)} ${subject}  `, paint(`${state}${took}`, "dim"));
  if (error !== undefined && state !== "done")
    terminal.print(paint(`    [${error.code}] ${error.message}`, "dim"));
}
