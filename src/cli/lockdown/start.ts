import type { Command } from "commander";
import type { LoadedConfig } from "../../config/config.ts";
import { asRotationError, type RotationError } from "../../domain/errors.ts";
import type { Outcome } from "../../domain/lockdown.ts";
import { formatDuration } from "../../domain/time.ts";
import { configOption } from "../config-option.ts";
import type { ExitCode } from "../exit-code.ts";
import { errorRow, printError } from "../output/print-error.ts";
import { paint, Terminal } from "../output/terminal.ts";
import type { LockdownAnswer, Services } from "../services.ts";
import { Phases } from "./phases.ts";
import { selectScopes } from "./select-scopes.ts";

interface StartOptions {
  readonly reason: string;
  readonly json?: true;
}

export async function start(
  names: readonly string[],
  { reason, json }: StartOptions,
  command: Command,
  services: Services,
): Promise<void> {
  const { config, fault } = await configFor(configOption(command, services), services);
  const scopes = selectScopes(config, names);
  const terminal = new Terminal(services);
  const actor = services.env["SUDO_USER"] ?? services.env["USER"] ?? null;
  const beganAt = services.now();
  const phases = new Phases(terminal, json === true);
  const answers = await services.lockdown(config, {
    observe: (entry) => phases.entry(entry),
    scopes,
    reason,
    actor,
    contained: (scope, outcomes) =>
      tellContained(terminal, { scope, outcomes, json, afterMs: services.now() - beganAt }),
  });
  await phases.finish();
  for (const answer of answers) tell(terminal, answer, json === true);
  if (fault !== null) printError(terminal, fault);
  services.setExitCode(fault === null ? exitCode(answers) : worse(exitCode(answers), 1));
}

/** What is wrong with a schedule keeps secrets from being rotated, and nothing from being held still. */
async function configFor(
  file: string,
  services: Services,
): Promise<{ readonly config: LoadedConfig; readonly fault: RotationError | null }> {
  try {
    return { config: await services.loadConfig(file), fault: null };
  } catch (thrown) {
    return { config: await services.loadWithoutSchedules(file), fault: asRotationError(thrown) };
  }
}

interface Contained {
  readonly scope: string;
  readonly outcomes: readonly Outcome[];
  readonly json: true | undefined;
  readonly afterMs: number;
}

function tellContained(terminal: Terminal, { scope, outcomes, json, afterMs }: Contained): void {
  const failed = outcomes.filter(({ error }) => error !== null);
  if (json) {
    const { length: subjects } = outcomes;
    return terminal.json({ type: "contained", scope, subjects, failed: failed.length, afterMs });
  }
  const word = failed.length === 0 ? paint("contained", "green") : paint("NOT ALL CONTAINED", "red");
  terminal.print(
    word,
    ` ${scope}: ${outcomes.length - failed.length} held still after ${formatDuration(afterMs)}`,
  );
  for (const { error } of failed) if (error !== null) printError(terminal, error);
}

function tell(
  terminal: Terminal,
  { scope, lockdown, outcome, shortfalls }: LockdownAnswer,
  json: boolean,
): void {
  if (json) {
    const missing = shortfalls.map(({ phase, subject, error }) => ({
      phase,
      subject,
      error: errorRow(error),
    }));
    return terminal.json({ type: "lockdown", scope, lockdown: lockdown ?? null, outcome, missing });
  }
  for (const { phase, subject, error } of shortfalls) {
    terminal.warn(paint(phase, "yellow"), ` ${subject}`);
    printError(terminal, error);
  }
  if (outcome === "complete")
    return terminal.print(paint("locked down", "green"), ` ${scope} (${lockdown ?? ""})`);
  terminal.print(
    paint(outcome, "red"),
    ` ${scope}: run the same command again to go on with what is missing`,
  );
}

function worse(a: ExitCode, b: ExitCode): ExitCode {
  return a === 3 ? a : b;
}

function exitCode(answers: readonly LockdownAnswer[]): ExitCode {
  if (answers.some(({ outcome }) => outcome === "uncontained")) return 3;
  return answers.some(({ outcome }) => outcome === "incomplete") ? 1 : 0;
}
