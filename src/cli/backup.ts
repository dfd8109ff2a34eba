import { resolve } from "node:path";
import type { Command } from "commander";
import { configOption } from "./config-option.ts";
import { Terminal } from "./output/terminal.ts";
import type { Services } from "./services.ts";

const DETAILS = `
The copy is consistent, also while a rotation goes on, and is checked before it gets its name. It is readable by you alone.
The seal key is not in it: keep that elsewhere. How to put a copy back stands in docs/operations.md.

Example:
  keyturn backup /var/backups/keyturn-$(date +%F).db`;

export function addBackup(program: Command, services: Services): void {
  program
    .command("backup")
    .description("copy the journal to a new file, also while keyturn works")
    .argument("<file>", "must not be there yet")
    .option("--json", "print one JSON document")
    .addHelpText("after", DETAILS)
    .action(async (given: string, options: { json?: true }, command: Command) => {
      const file = resolve(given);
      const { entries, schema } = await services.backUp(configOption(command, services), file);
      const terminal = new Terminal(services);
      if (options.json === true) return terminal.json({ file, entries, schema });
      terminal.print(`wrote ${file}: ${entries} ${entries === 1 ? "entry" : "entries"}`);
    });
}
