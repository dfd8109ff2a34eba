/** `cert check`: what was found, for people or as one document. */
import type { CheckFinding, TargetReport } from "../certificates/index.ts";
import { Terminal } from "./output/terminal.ts";
import { sayWhenSlow } from "./say-when-slow.ts";
import type { CertificateCheck, Services } from "./services.ts";

/** Whether a person has something to do there. */
function isFound({ error, findings }: TargetReport): boolean {
  return error !== null || findings.some(({ level }) => level !== "notice");
}

export async function showCertificates(
  check: CertificateCheck,
  json: boolean,
  services: Services,
): Promise<void> {
  const terminal = new Terminal(services);
  const heard = new AbortController();
  if (!json) sayWhenSlow(terminal, heard.signal);
  const { reports, anchors } = await services.checkCertificates(check).finally(() => {
    heard.abort();
  });
  if (reports.some(isFound)) services.setExitCode(1);
  if (!json) {
    const { printCertificateChecks } = await import("./output/print-certificate-checks.ts");
    return printCertificateChecks(terminal, reports, check.at);
  }
  const head = {
    at: new Date(check.at).toISOString(),
    trust: { from: check.trust, certificates: anchors },
    summary: summaryOf(reports),
  };
  terminal.jsonWithList(head, "targets", reports);
}

function summaryOf(reports: readonly TargetReport[]) {
  const findings = reports.flatMap((report) => report.findings);
  const count = (wanted: CheckFinding["level"]) => findings.filter(({ level }) => level === wanted).length;
  return {
    targets: reports.length,
    ok: reports.filter((report) => !isFound(report)).length,
    failed: reports.filter(({ error }) => error !== null).length,
    errors: count("error"),
    warnings: count("warning"),
    notices: count("notice"),
  };
}
