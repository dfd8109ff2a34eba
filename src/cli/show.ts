import type { Command } from "commander";
import { RotationError } from "../domain/errors.ts";
import { configOption } from "./config-option.ts";
import { Terminal } from "./output/terminal.ts";
import type { Services } from "./services.ts";

export function addShow(program: Command, services: Services): void {
  program
    .command("show")
    .description("every step of one run")
    .argument("<run>", "the run's id, as `history` gives it")
    .option("--json", "print one JSON document")
    .action(async (id: string, options: { json?: true }, command: Command) => {
      const reader = await services.openReader(configOption(command, services));
      try {
        const run = reader.run(id);
        if (run === undefined) throw unknown(id);
        const { runRow, shownSteps } = await import("./run-rows.ts");
        const terminal = new Terminal(services);
        const row = { ...runRow(run), steps: shownSteps(run) };
        if (options.json === true) return terminal.json(row);
        const { printRun } = await import("./output/print-runs.ts");
        printRun(terminal, run, row.steps, services.now());
      } finally {
        reader.close();
      }
    });
}

function unknown(id: string): RotationError {
  return new RotationError("unknown-run", {
    kind: "rejected",
    message: `the journal holds no run \`${id}\``,
    hint: "`keyturn history` lists the runs.",
  });
}
