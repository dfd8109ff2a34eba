/** The configured scans: what each looks at, and what it finds in words that stay the same from day to day. */
import { dirname } from "node:path";
import type { TargetReport } from "../certificates/index.ts";
import type { LoadedConfig } from "../config/config.ts";
import { RotationError } from "../domain/errors.ts";
import type { Environment } from "../domain/expand-path.ts";
import type { ScanFinding, ScanPolicy } from "../domain/scan.ts";
import type { Scans } from "../run/ports.ts";

export function configuredScans(config: LoadedConfig, env: Environment, now: () => number): Scans {
  const policies = new Map(config.scans.map((policy) => [policy.scan, policy]));
  return {
    names: [...policies.keys()],
    async look(name, signal) {
      const policy = policies.get(name);
      if (policy === undefined) throw unknownScan(name, [...policies.keys()]);
      const reports = await inspectScan(policy, config, { env, at: now(), signal });
      return { targets: reports.length, findings: reports.flatMap(findingsOf) };
    },
  };
}

interface ScanAround {
  readonly env: Environment;
  readonly at: number;
  readonly signal: AbortSignal;
}

/** Parsers, trust stores and clients are loaded by whoever scans, and by nobody else. */
async function inspectScan(
  policy: ScanPolicy,
  config: LoadedConfig,
  { env, at, signal }: ScanAround,
): Promise<readonly TargetReport[]> {
  const { lookAtScan } = await import("./look-at-scan.ts");
  return lookAtScan({ policy, config, base: dirname(config.file), env, at, signal });
}

/** What was refused for its own sake, and what could not be looked at. Notices wake nobody. */
function findingsOf({ target, error, findings }: TargetReport): readonly ScanFinding[] {
  if (error !== null)
    return [
      { id: `${target} ${error.code}`, target, rule: error.code, level: "error", message: error.message },
    ];
  return findings.flatMap(({ rule, level, certificate, message }) => {
    if (level === "notice") return [];
    const subject = certificate === null ? "" : `${certificate.subject}: `;
    const id = `${target} ${rule} ${certificate?.fingerprint ?? ""}`.trimEnd();
    return [{ id, target, rule, level, message: shortened(`${rule}: ${subject}${message}`) }];
  });
}

const MOST_TEXT = 500;

function shortened(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
}

function unknownScan(name: string, known: readonly string[]): RotationError {
  return new RotationError("unknown-scan", {
    kind: "rejected",
    message: `no scan ${name} is configured`,
    hint: known.length === 0 ? "Write one below `scans` of a schedule." : `There are: ${known.join(", ")}.`,
  });
}
