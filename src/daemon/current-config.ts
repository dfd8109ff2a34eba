/** The configuration that the daemon goes by: what it needs itself, and the whole as text for its workers. */
import type { LoadedConfig } from "../config/config.ts";
import { thawConfig } from "../config/frozen-config.ts";
import type { Policy, SecretPolicy } from "../domain/policy.ts";
import type { ScanTimes } from "./scan-agenda.ts";

export interface CurrentConfig extends Pick<
  LoadedConfig,
  "file" | "stateDir" | "control" | "http" | "logLevel" | "warnings"
> {
  readonly policies: readonly SecretPolicy[];
  readonly scans: readonly ScanTimes[];
  /** The longest pause between two attempts that a policy allows, in milliseconds. */
  readonly longestPauseMs: number;
  frozen(): string;
}

export function currentConfig(frozen: string): CurrentConfig {
  const { file, stateDir, control, http, logLevel, warnings, secrets, scans } = thawConfig(frozen);
  // Outside the heap, where it costs its length and nothing more.
  const bytes = Buffer.from(frozen);
  const policies = shared(secrets);
  const longestPauseMs = Math.max(0, ...new Set(policies.map(({ policy }) => policy.retry.maxMs)));
  return {
    file,
    stateDir,
    control,
    http,
    logLevel,
    warnings,
    policies,
    scans: scans.map(({ scan, cron, timezone }) => ({ scan, cron, timezone })),
    longestPauseMs,
    frozen: () => bytes.toString(),
  };
}

/** As text every secret has a policy of its own; here those of a name are one again. */
function shared(secrets: readonly SecretPolicy[]): readonly SecretPolicy[] {
  const byName = new Map<string, Policy>();
  return secrets.map(({ secret, policy, labels, dependsOn, notWith, stores, offers }) => {
    const known = byName.get(policy.name) ?? policy;
    byName.set(policy.name, known);
    return { secret, policy: known, labels, dependsOn, notWith, stores, ...(offers && { offers }) };
  });
}
