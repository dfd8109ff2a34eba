/** What scans found: what is new, what is still there, what is over. */
import type { OpenFinding } from "../../domain/scan.ts";
import type { Instant } from "../../domain/time.ts";
import type { ScanResult } from "../../run/work.ts";
import { printLabelled } from "./labelled.ts";
import { span } from "./span.ts";
import { paint, type Style, type Terminal } from "./terminal.ts";

const STYLES: Readonly<Record<OpenFinding["level"], Style>> = { error: "red", warning: "yellow" };

export function printScans(terminal: Terminal, scans: readonly ScanResult[], now: Instant): void {
  if (scans.length === 0) return terminal.print("No scan is configured.");
  for (const scan of scans) printScan(terminal, scan, now);
}

function printScan(terminal: Terminal, scan: ScanResult, now: Instant): void {
  const { scan: name, targets, open, appeared, cleared, untold } = scan;
  const counts = `${open.length + untold} open, ${appeared.length} new, ${cleared.length} over`;
  terminal.print(paint(name, "bold"), `  ${targets} target${targets === 1 ? "" : "s"}: ${counts}`);
  const isNew = new Set(appeared.map(({ id }) => id));
  for (const finding of open) {
    const age = isNew.has(finding.id) ? "new" : span(now - finding.since);
    printLabelled(terminal, `${finding.level} ${age}`, STYLES[finding.level], text(finding));
  }
  for (const finding of cleared) printLabelled(terminal, "over", "green", text(finding));
  if (untold > 0) printLabelled(terminal, "and", "dim", `${untold} more that there was no room for`);
}

function text({ target, message }: OpenFinding): string {
  return `${target}: ${message}`;
}
