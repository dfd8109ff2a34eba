import type { Command } from "commander";
import type { ScanResult } from "../run/work.ts";
import { configOption, logOption } from "./config-option.ts";
import { printScans } from "./output/print-scans.ts";
import { Terminal } from "./output/terminal.ts";
import type { Services } from "./services.ts";

const DETAILS = `
Does what the daemon does at a scan's time: looks at all that \`scans\` of the schedules name, journals what is new and
what is over, and tells of what is new as an alert. A finding is over when a scan does not find it any more.

Exits 1 while an error or a warning is open.

Examples:
  keyturn cert scan                 every scan
  keyturn cert scan public --json   one record a scan`;

interface CertScanOptions {
  readonly wait?: true;
  readonly json?: true;
}

export function addCertScan(cert: Command, services: Services): void {
  cert
    .command("scan")
    .description("scan certificates now, and journal what is new and what is over")
    .argument("[scan...]", "these only")
    .option("--wait", "wait while another keyturn process is at work")
    .option("--json", "print one JSON record a line")
    .addHelpText("after", DETAILS)
    .action(async (names: string[], options: CertScanOptions, command: Command) => {
      await scan(names, options, command, services);
    });
}

async function scan(
  names: readonly string[],
  options: CertScanOptions,
  command: Command,
  services: Services,
): Promise<void> {
  const config = await services.loadConfig(configOption(command, services));
  const result = await services.work(
    config,
    { kind: "scan", scans: names.length === 0 ? null : names },
    { wait: options.wait === true, log: logOption(command), observe: () => undefined },
  );
  const scanned = result.scanned ?? [];
  if (scanned.some(({ open, untold }) => open.length + untold > 0)) services.setExitCode(1);
  const terminal = new Terminal(services);
  if (options.json !== true) return printScans(terminal, scanned, services.now());
  for (const each of scanned) terminal.json(record(each));
}

function record({ scan: name, targets, open, appeared, cleared, untold }: ScanResult): object {
  const row = ({ since, ...finding }: ScanResult["open"][number]) => ({
    ...finding,
    since: new Date(since).toISOString(),
  });
  return {
    type: "certificates-scanned",
    scan: name,
    targets,
    open: open.map(row),
    appeared: appeared.map(row),
    cleared: cleared.map(row),
    untold,
  };
}
