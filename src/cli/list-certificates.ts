/** `cert list`: one row a certificate, wherever it was found. */
import type { CertificateSummary, TargetReport } from "../certificates/index.ts";
import type { LoadedConfig } from "../config/config.ts";
import { DAY_MS, type Instant } from "../domain/time.ts";
import { Terminal } from "./output/terminal.ts";
import { sayWhenSlow } from "./say-when-slow.ts";
import type { CertificateInventory, Services } from "./services.ts";

export interface ListedCertificate extends Omit<CertificateSummary, "position"> {
  readonly daysLeft: number;
  readonly places: readonly Place[];
}

interface Place {
  readonly kind: TargetReport["kind"];
  readonly target: string;
  readonly position: number;
  /** Secrets that keyturn writes to that file. */
  readonly secrets: readonly string[];
}

export async function listCertificates(
  config: LoadedConfig,
  targets: readonly string[],
  { all, json }: { readonly all?: true; readonly json?: true },
  services: Services,
): Promise<void> {
  const terminal = new Terminal(services);
  const heard = new AbortController();
  if (json !== true) sayWhenSlow(terminal, heard.signal);
  const inventory = await services.listCertificates(config, targets).finally(() => {
    heard.abort();
  });
  const now = services.now();
  const certificates = listed(inventory, now).filter(({ ca }) => all === true || !ca);
  const failures = inventory.reports.flatMap(({ target, kind, error }) =>
    error === null ? [] : [{ target, kind, error: { code: error.code, message: error.message } }],
  );
  if (failures.length > 0) services.setExitCode(1);
  if (json === true)
    return terminal.jsonWithList({ at: new Date(now).toISOString(), failures }, "certificates", certificates);
  const { printInventory } = await import("./output/print-inventory.ts");
  printInventory(terminal, certificates, failures, now);
}

/** The first to expire first. */
function listed({ reports, managed }: CertificateInventory, now: Instant): readonly ListedCertificate[] {
  const found = new Map<string, { readonly summary: CertificateSummary; readonly places: Place[] }>();
  for (const { target, kind, certificates } of reports)
    for (const summary of certificates) {
      const known = found.get(summary.fingerprint) ?? { summary, places: [] };
      found.set(summary.fingerprint, known);
      known.places.push({ kind, target, position: summary.position, secrets: managed.get(target) ?? [] });
    }
  return [...found.values()]
    .map(({ summary: { position: _position, ...summary }, places }) => ({
      ...summary,
      daysLeft: Math.floor((Date.parse(summary.notAfter) - now) / DAY_MS),
      places,
    }))
    .sort((a, b) => Date.parse(a.notAfter) - Date.parse(b.notAfter));
}
