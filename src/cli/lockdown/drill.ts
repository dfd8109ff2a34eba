import type { Command } from "commander";
import { configOption } from "../config-option.ts";
import { errorRow, printError } from "../output/print-error.ts";
import { printTable } from "../output/table.ts";
import { paint, Terminal } from "../output/terminal.ts";
import type { DrillAnswer, Services } from "../services.ts";
import { selectScopes } from "./select-scopes.ts";

export async function drill(
  name: string,
  { json }: { readonly json?: true },
  command: Command,
  services: Services,
): Promise<void> {
  const config = await services.loadConfig(configOption(command, services));
  const [scope] = selectScopes(config, [name]);
  if (scope === undefined) return;
  const answer = await services.drill(config, scope);
  services.setExitCode(answer.ok ? 0 : 1);
  const terminal = new Terminal(services);
  if (json) return terminal.json(row(answer));
  printTable(
    terminal,
    ["phase", "took", "result"],
    answer.phases.map(({ phase, ms, error }) => [
      { text: phase },
      { text: `${ms} ms` },
      error === null ? { text: "done", style: "green" } : { text: "failed", style: "red" },
    ]),
  );
  for (const { error } of answer.phases) if (error !== null) printError(terminal, error);
  for (const each of answer.warnings) terminal.print(paint("would meet", "yellow"), ` ${each}`);
  for (const { subject, message } of answer.checks)
    terminal.print(paint("would fail", "red"), ` ${subject}: ${message}`);
  terminal.print(answer.ok ? paint("drill passed", "green") : paint("DRILL FAILED", "red"), ` ${name}`);
}

function row({ phases, ...rest }: DrillAnswer): object {
  return {
    type: "drill",
    ...rest,
    phases: phases.map(({ error, ...each }) => ({
      ...each,
      ...(error === null ? {} : { error: errorRow(error) }),
    })),
  };
}
