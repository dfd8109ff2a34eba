import type { Command } from "commander";
import { systemClock } from "../domain/system-clock.ts";
import { SECOND_MS } from "../domain/time.ts";
import type { StatusRow } from "../plan/health.ts";
import type { Services } from "./services.ts";
import { configOption } from "./config-option.ts";
import { named } from "./select-secrets.ts";
import { Terminal } from "./output/terminal.ts";

interface StatusOptions {
  readonly watch?: true;
  readonly json?: true;
}

const WATCH_MS = 2 * SECOND_MS;

export function addStatus(program: Command, services: Services): void {
  program
    .command("status")
    .description(
      "every secret: version, age, when it is due, expiry, previous still live, evidence, last outcome",
    )
    .argument("[secret...]", "these only")
    .option("--watch", "again every two seconds, until it is interrupted")
    .option("--json", "print one JSON document; with --watch one a line, whenever it changes")
    .action(async (secrets: string[], options: StatusOptions, command: Command) => {
      const file = configOption(command, services);
      if (options.watch === true) return watch(file, secrets, options.json === true, services);
      await show(await read(file, secrets, services), options.json === true, services);
    });
}

async function watch(file: string, secrets: string[], json: boolean, services: Services): Promise<void> {
  const terminal = new Terminal(services);
  for (let shown = ""; !services.signal.aborted;) {
    const rows = await read(file, secrets, services);
    const text = JSON.stringify(rows);
    if (terminal.live && !json) terminal.clear();
    if (text !== shown || (terminal.live && !json)) await show(rows, json, services);
    shown = text;
    await systemClock.sleep(WATCH_MS, services.signal).catch(() => undefined);
  }
}

/** Opened anew each time: the configuration may have changed, and the state folder may have been moved. */
async function read(
  file: string,
  secrets: readonly string[],
  services: Services,
): Promise<readonly StatusRow[]> {
  const { statusRows } = await import("../plan/health.ts");
  const reader = await services.openReader(file);
  try {
    return statusRows(reader.tables, named(reader.policies, secrets), services.now());
  } finally {
    reader.close();
  }
}

async function show(rows: readonly StatusRow[], json: boolean, services: Services): Promise<void> {
  const terminal = new Terminal(services);
  if (json) return terminal.json({ secrets: rows });
  const { printStatus } = await import("./output/print-status.ts");
  printStatus(terminal, rows, services.now());
}
