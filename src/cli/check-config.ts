/** `config check`: all that is wrong, or how much there is. */
import type { LoadedConfig } from "../config/config.ts";
import { ConfigError, formatPlace, type Problem, type Warning } from "../config/problem.ts";
import { exitCodeOfError } from "./exit-code.ts";
import { paint, Terminal } from "./output/terminal.ts";
import type { Services } from "./services.ts";

/** A broken file can bring thousands; nobody reads past the first. `--json` has them all. */
const MOST_SHOWN = 50;

export async function checkConfig(file: string, json: boolean, services: Services): Promise<void> {
  const terminal = new Terminal(services);
  try {
    const loaded = await services.loadConfig(file);
    if (json)
      terminal.json({
        ok: true,
        file: loaded.file,
        secrets: loaded.secrets.length,
        problems: [],
        warnings: loaded.warnings,
      });
    else printValid(terminal, loaded);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    services.setExitCode(exitCodeOfError(error, 2));
    const { problems, warnings } = error;
    if (json) terminal.json({ ok: false, file, problems, warnings });
    else printInvalid(terminal, problems, warnings);
  }
}

function printValid(terminal: Terminal, { file, secrets, scans, connections, warnings }: LoadedConfig): void {
  for (const warning of warnings) printWarning(terminal, warning);
  const counts = `${secrets.length} secret${secrets.length === 1 ? "" : "s"}, ${connections.size} connection${connections.size === 1 ? "" : "s"}${scans.length === 0 ? "" : `, ${scans.length} scan${scans.length === 1 ? "" : "s"}`}`;
  terminal.print(
    paint("ok", "green"),
    `  ${file}: ${counts}${warnings.length === 0 ? "" : `, ${warnings.length} warning${warnings.length === 1 ? "" : "s"}`}`,
  );
}

function printInvalid(terminal: Terminal, problems: readonly Problem[], warnings: readonly Warning[]): void {
  for (const warning of warnings.slice(0, MOST_SHOWN)) printWarning(terminal, warning);
  for (const { code, message, hint, ...place } of problems.slice(0, MOST_SHOWN)) {
    terminal.warn(paint(`error[${code}]`, "red"), ": ", paint(formatPlace(place), "bold"), message);
    if (hint !== null) terminal.warn(paint("  hint", "cyan"), `: ${hint}`);
  }
  const more = problems.length - MOST_SHOWN;
  if (more > 0) terminal.warn(`... and ${more} more; --json lists them all.`);
  terminal.warn(`${problems.length} problem${problems.length === 1 ? "" : "s"}; nothing was changed.`);
}

function printWarning(terminal: Terminal, { message, hint, ...place }: Warning): void {
  terminal.warn(paint("warning", "yellow"), ": ", formatPlace(place), message);
  if (hint !== null) terminal.warn(paint("  hint", "cyan"), `: ${hint}`);
}
