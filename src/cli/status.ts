import type { Command } from "commander";
import type { StateReader, Services } from "./services.ts";
import { configOption } from "./config-option.ts";
import { locksOf } from "../domain/lockdown.ts";
import { named } from "./select-secrets.ts";
import { Terminal } from "./output/terminal.ts";

export function addStatus(program: Command, services: Services): void {
  program
    .command("status")
    .description(
      "every secret: version, age, when it is due, expiry, previous still live, evidence, last outcome",
    )
    .argument("[secret...]", "these only")
    .option("--json", "print one JSON document")
    .action(async (secrets: string[], options: { json?: true }, command: Command) => {
      const reader = await services.openReader(configOption(command, services));
      try {
        await status(reader, secrets, options.json === true, services);
      } finally {
        reader.close();
      }
    });
}

async function status(
  reader: StateReader,
  secrets: readonly string[],
  json: boolean,
  services: Services,
): Promise<void> {
  const { statusRow } = await import("../plan/health.ts");
  const now = services.now();
  const locked = new Set(locksOf(reader.tables.all("lockdown")).flatMap((each) => each.secrets));
  const rows = named(reader.policies, secrets).map((of) =>
    statusRow(reader.tables.get("secret", of.secret), of, now, locked.has(of.secret)),
  );
  const terminal = new Terminal(services);
  if (json) return terminal.json({ secrets: rows });
  const { printStatus } = await import("./output/print-status.ts");
  printStatus(terminal, rows, now);
}
