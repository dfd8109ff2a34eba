import { Option, type Command } from "commander";
import { RotationError } from "../domain/errors.ts";
import { configOption } from "./config-option.ts";
import { Terminal } from "./output/terminal.ts";
import type { Services } from "./services.ts";

const DEFAULT_LIMIT = 20;

export function addHistory(program: Command, services: Services): void {
  program
    .command("history")
    .description("runs, newest first")
    .argument("[secret]", "of this secret only")
    .option("--json", "print one JSON document")
    .addOption(
      new Option("-n, --limit <count>", "how many at most").default(DEFAULT_LIMIT).argParser(parseCount),
    )
    .action(async (secret: string | undefined, options: { json?: true; limit: number }, command: Command) => {
      const reader = await services.openReader(configOption(command, services));
      try {
        const { runRow } = await import("./run-rows.ts");
        // A secret that is no longer configured still has its history.
        const rows = reader.history(secret, options.limit).map(runRow);
        const known =
          secret === undefined || rows.length > 0 || reader.policies.some((of) => of.secret === secret);
        if (!known) throw unknown(secret);
        const terminal = new Terminal(services);
        if (options.json === true) return terminal.json({ runs: rows });
        const { printRuns } = await import("./output/print-runs.ts");
        printRuns(terminal, rows, services.now());
      } finally {
        reader.close();
      }
    });
}

function parseCount(text: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text);
  throw new RotationError("usage", {
    kind: "rejected",
    message: `\`${text}\` is not a count`,
    hint: "Write --limit 50.",
  });
}

function unknown(secret: string): RotationError {
  return new RotationError("unknown-secret", {
    kind: "rejected",
    message: `there is no secret \`${secret}\`, and no run of one`,
    hint: "`keyturn status` lists the secrets.",
  });
}
