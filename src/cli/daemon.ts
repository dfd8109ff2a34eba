import type { Command } from "commander";
import { configOption } from "./config-option.ts";
import { exitCodeOfError } from "./exit-code.ts";
import { printError } from "./output/print-error.ts";
import { Terminal } from "./output/terminal.ts";
import type { Services } from "./services.ts";

const DETAILS = `
Looks into the journal every 30 seconds and has a worker process do what is due. It stays in the foreground and logs
JSON lines. SIGHUP reads the configuration again; one that is wrong is refused, and the old one stays. SIGTERM lets the
current step end; a second one ends the daemon at once.`;

export function addDaemon(program: Command, services: Services): void {
  program
    .command("daemon")
    .description("rotate on schedule, for ever: what a service manager starts")
    .addHelpText("after", DETAILS)
    .action((_options: object, command: Command) => daemon(configOption(command, services), services));
  program.command("worker", { hidden: true }).action(() => services.serveWorker());
}

async function daemon(file: string, services: Services): Promise<void> {
  const refused = await services.daemon(file);
  if (refused === null) return;
  const terminal = new Terminal(services);
  if (refused.problems.length === 0) printError(terminal, refused.error);
  for (const { message, hint } of refused.problems)
    printError(terminal, { code: refused.error.code, message, hint });
  services.setExitCode(exitCodeOfError(refused.error, 1));
}
