import type { Command } from "commander";
import { isoOrNull } from "../domain/time.ts";
import { configOption, logOption } from "./config-option.ts";
import { Terminal } from "./output/terminal.ts";
import type { Services } from "./services.ts";

const DETAILS = `
Every \`rotate\` does this first. It never waits: while something is left to sweep, run it again.`;

export function addRecover(program: Command, services: Services): void {
  program
    .command("recover")
    .description("finish or undo what a crash left, and retire what is past its overlap")
    .option("--wait", "wait while another keyturn process is at work")
    .option("--json", "print one JSON record a line")
    .addHelpText("after", DETAILS)
    .action(async (options: { wait?: true; json?: true }, command: Command) => {
      const { observed } = await import("./observed-work.ts");
      const config = await services.loadConfig(configOption(command, services));
      const json = options.json === true;
      const log = logOption(command);
      const result = await observed(services, {
        config,
        request: { kind: "recover" },
        wait: options.wait === true,
        log,
        json,
      });
      if (result === null) return;
      const terminal = new Terminal(services);
      if (json) {
        const { left, nextAt } = result.sweeping;
        return terminal.json({ type: "recovered", sweeping: left, nextAt: isoOrNull(nextAt) });
      }
      const { printSummary } = await import("./output/print-summary.ts");
      printSummary(terminal, result, services.now());
    });
}
