/** The inventory: what the scans look at, or what is named, and which secrets are written where. */
import { dirname, resolve } from "node:path";
import type { TargetReport } from "../certificates/index.ts";
import type { CertificateInventory } from "../cli/services.ts";
import type { LoadedConfig } from "../config/config.ts";
import { RotationError } from "../domain/errors.ts";
import { expandPath, type Environment } from "../domain/expand-path.ts";
import { SECOND_MS, type Instant } from "../domain/time.ts";
import { checkCertificates } from "./check-certificates.ts";
import { lookAtScan } from "./look-at-scan.ts";

export interface ListOrder {
  readonly config: LoadedConfig;
  readonly targets: readonly string[];
  readonly env: Environment;
  readonly at: Instant;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10 * SECOND_MS;

export async function listCertificates(order: ListOrder): Promise<CertificateInventory> {
  const reports = order.targets.length === 0 ? await scanned(order) : await named(order);
  return { reports: distinct(reports), managed: managedPaths(order) };
}

async function scanned({ config, env, at, signal }: ListOrder): Promise<readonly TargetReport[]> {
  if (config.scans.length === 0)
    throw new RotationError("usage", {
      kind: "rejected",
      message: "no scan is configured, and no target is named",
      hint: "Name files, folders or servers, or write `scans` into a schedule.",
    });
  const base = dirname(config.file);
  const reports: TargetReport[] = [];
  for (const policy of config.scans)
    reports.push(...(await lookAtScan({ policy, config, base, env, at, signal })));
  return reports;
}

async function named({ config, targets, env, at, signal }: ListOrder): Promise<readonly TargetReport[]> {
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

/** Files that secrets are written to. What needs a variable that is not set is nobody's here. */
function managedPaths({ config, env }: ListOrder): ReadonlyMap<string, readonly string[]> {
  const managed = new Map<string, string[]>();
  for (const { secret, targets } of config.secrets)
    for (const target of targets) {
      const written = (target.config as { readonly path?: unknown } | null)?.path;
      const path = typeof written === "string" ? expanded(written, env) : null;
      if (path !== null) managed.set(path, [...(managed.get(path) ?? []), secret]);
    }
  return managed;
}

function expanded(written: string, env: Environment): string | null {
  try {
    return resolve(expandPath(written, env));
  } catch {
    return null;
  }
}
