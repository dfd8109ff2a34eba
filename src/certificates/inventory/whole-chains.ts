import { basename } from "node:path";
import type { Entry } from "./look.ts";
import type { TargetReport } from "./report.ts";

/**
 * Leaves whose chain stands in a file called `fullchain` in the same folder: certbot writes `cert.pem` beside it, acme.sh
 * `DOMAIN.cer`, and nobody serves these.
 */
export class WholeChains {
  readonly #known = new Set<string>();

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      const key = keyOf(entry);
      const isNamed = basename(entry.target).startsWith("fullchain");
      if (isNamed && key !== null && entry.error === null && (entry.judgement.alone?.path.length ?? 0) > 0)
        this.#known.add(key);
    }
  }

  /** What such a file lacks is told as a notice. */
  excuse(entry: Entry, report: TargetReport): TargetReport {
    const key = keyOf(entry);
    if (key === null || !this.#known.has(key) || (report.alone?.path.length ?? 0) > 0) return report;
    const findings = report.findings.map((finding) =>
      finding.rule === "missing-intermediate"
        ? { ...finding, level: "notice" as const, message: `${finding.message}; ${BESIDE}`, mend: NOTHING }
        : finding,
    );
    return { ...report, findings };
  }
}

const BESIDE = "a fullchain file of this folder has the same leaf with its whole chain";
const NOTHING = "Nothing, as long as servers are given the other file.";

function keyOf(entry: Entry): string | null {
  if (entry.error !== null || entry.folder === null || entry.judgement.leaf === null) return null;
  return `${entry.folder}\0${entry.judgement.leaf.fingerprint}`;
}
