/** What a check of certificates found, for people: target by target what is wrong and what mends it, and a count. */
import type { CheckFinding, TargetReport } from "../../certificates/index.ts";
import type { Instant } from "../../domain/time.ts";
import { printLabelled } from "./labelled.ts";
import { fromNow } from "./span.ts";
import { paint, type Style, type Terminal } from "./terminal.ts";

const LOOKS: Readonly<Record<CheckFinding["level"], readonly [string, Style]>> = {
  error: ["ERROR", "red"],
  warning: ["warning", "yellow"],
  notice: ["notice", "cyan"],
};

/** Of more than these, those that have nothing wrong are only counted. */
const MOST_FINE = 20;

export function printCertificateChecks(
  terminal: Terminal,
  reports: readonly TargetReport[],
  at: Instant,
): void {
  const isFine = (report: TargetReport) => report.error === null && isQuiet(report);
  const fine = reports.filter(isFine).length;
  for (const report of reports) if (!isFine(report) || fine <= MOST_FINE) printReport(terminal, report, at);
  if (reports.length > 0) terminal.print();
  terminal.print(summary(reports));
}

function isQuiet({ findings }: TargetReport): boolean {
  return findings.every(({ level }) => level === "notice");
}

function printReport(terminal: Terminal, report: TargetReport, at: Instant): void {
  const { target, error, findings, certificates } = report;
  const [state, style]: [string, Style] =
    error === null && isQuiet(report)
      ? ["ok", "green"]
      : error !== null
        ? ["FAILED", "red"]
        : ["found", "yellow"];
  terminal.print(paint(target, "bold"), "  ", paint(state, style), `  ${heading(report, at)}`);
  if (error !== null) {
    printLabelled(terminal, "FAILED", "red", error.message);
    if (error.hint !== null) printLabelled(terminal, "  mend", "cyan", error.hint);
  }
  for (const finding of findings) printFinding(terminal, finding, certificates.length);
  if (report.alone?.path.length === 0) printVerdicts(terminal, report);
}

/** Whose it is and until when; or what else it holds. */
function heading({ holds, certificates, findings }: TargetReport, at: Instant): string {
  const leaf = certificates.find(({ ca }) => !ca) ?? certificates[0];
  if (holds === "keys") return "a private key";
  if (leaf === undefined) return "";
  if (holds === "authorities")
    return certificates.length === 1 ? leaf.subject : `${certificates.length} CA certificates`;
  const others = certificates.length - 1;
  const chain = others === 0 ? "" : ` and ${others} more`;
  const isExpired = findings.some(({ rule }) => rule === "expired" || rule === "not-yet-valid");
  return `${leaf.subject}${chain}${isExpired ? "" : `, expires ${fromNow(Date.parse(leaf.notAfter), at)}`}`;
}

function printFinding(terminal: Terminal, finding: CheckFinding, count: number): void {
  const { rule, section, level, certificate, message, mend } = finding;
  const [label, style] = LOOKS[level];
  const place = certificate?.position == null ? "" : `certificate ${certificate.position + 1} of ${count}, `;
  const where =
    certificate === null
      ? ""
      : `${place}${certificate.subject} (serial ${certificate.serial}, SHA-256 ${certificate.fingerprint.slice(0, 16)}…): `;
  printLabelled(terminal, label, style, `${rule}: ${where}${message} [${section}]`);
  printLabelled(terminal, "  mend", "cyan", mend);
}

function printVerdicts(terminal: Terminal, { alone, pooled }: TargetReport): void {
  const told = (verdict: TargetReport["alone"]) =>
    verdict?.ok === true ? `trusted, by way of ${verdict.path.slice(1).join(" < ") || "itself"}` : "refused";
  printLabelled(terminal, "served alone", "dim", told(alone));
  printLabelled(terminal, "with the pool", "dim", told(pooled));
}

function summary(reports: readonly TargetReport[]): string {
  const findings = reports.flatMap((report) => report.findings);
  const failed = reports.filter(({ error }) => error !== null).length;
  const found = reports.filter((report) => report.error === null && !isQuiet(report)).length;
  const counts = (["error", "warning", "notice"] as const).map((wanted) => {
    const count = findings.filter(({ level }) => level === wanted).length;
    return `${count} ${wanted}${count === 1 ? "" : "s"}`;
  });
  const fine = reports.length - failed - found;
  const all = `${reports.length} target${reports.length === 1 ? "" : "s"}`;
  return `${all}: ${fine} ok, ${found} with findings, ${failed} failed; ${counts.join(", ")}. Nothing was changed.`;
}
