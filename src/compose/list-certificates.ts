/** The inventory: what the scans look at, or what is named, and which secrets are written where. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { TargetReport } from "../certificates/index.ts";
import type { CertificateInventory } from "../cli/services.ts";
import type { LoadedConfig } from "../config/config.ts";
import { RotationError } from "../domain/errors.ts";
import type { Environment } from "../domain/expand-path.ts";
import { SECOND_MS, type Instant } from "../domain/time.ts";
import { checkCertificates } from "./check-certificates.ts";
import { lookAtScan } from "./look-at-scan.ts";
import { managedFiles, type ManagedFile } from "./managed-files.ts";

export interface ListOrder {
  readonly config: LoadedConfig;
  readonly targets: readonly string[];
  readonly env: Environment;
  readonly at: Instant;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10 * SECOND_MS;

export async function listCertificates(order: ListOrder): Promise<CertificateInventory> {
  const files = managedFiles(order.config, order.env);
  const reports =
    order.targets.length > 0 ? await named(order, order.targets) : await configured(order, files);
  const byPath = Map.groupBy(files, ({ path }) => path);
  return {
    reports: distinct(reports),
    managed: new Map([...byPath].map(([path, all]) => [path, [...new Set(all.map(({ secret }) => secret))]])),
  };
}

/** What the scans look at, and what keyturn rotates itself. */
async function configured(order: ListOrder, files: readonly ManagedFile[]): Promise<readonly TargetReport[]> {
  const { config, env, at, signal } = order;
  const ours = files.filter(({ isCertificate }) => isCertificate).map(({ path }) => path);
  const there = [...new Set(ours)].filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
  if (config.scans.length + ours.length === 0)
    throw new RotationError("usage", {
      kind: "rejected",
      message: "no scan and no certificate is configured, and no target is named",
      hint: "Name files, folders or servers, or write `scans` into a schedule.",
    });
  const base = dirname(config.file);
  const reports: TargetReport[] = [];
  for (const policy of config.scans)
    reports.push(...(await lookAtScan({ policy, config, base, env, at, signal })));
  return there.length === 0 ? reports : [...reports, ...(await named(order, there))];
}

async function named(
  { config, env, at, signal }: ListOrder,
  targets: readonly string[],
): Promise<readonly TargetReport[]> {
  const nothing = {
    keys: [],
    names: [],
    servername: null,
    startTls: null,
    pool: [],
    soon: null,
    passwordFile: null,
  };
  const check = {
    ...nothing,
    targets,
    trust: ["system"],
    at,
    timeoutMs: TIMEOUT_MS,
    config: async () => config,
  };
  return (await checkCertificates(check, env, signal)).reports;
}

/** What two scans look at is one place. */
function distinct(reports: readonly TargetReport[]): readonly TargetReport[] {
  return [...new Map(reports.map((report) => [`${report.kind} ${report.target}`, report])).values()];
}
