/**
 * A configuration as text, for another process: the daemon has a worker load the files and keeps what came of it, so that
 * every later worker goes by the same configuration, whatever is in the files by then. It holds no secret.
 */
import type { LoadedConfig } from "./config.ts";

/** Throws `config-invalid` when a path needs a variable that is not set. */
export function freezeConfig(config: LoadedConfig): string {
  const { stateDir, sealKeyFile, auditDir, control } = config;
  return JSON.stringify({
    ...config,
    stateDir,
    sealKeyFile,
    auditDir,
    control,
    connections: [...config.connections],
  });
}

export function thawConfig(text: string): LoadedConfig {
  const frozen = JSON.parse(text) as Omit<LoadedConfig, "connections"> & {
    readonly connections: readonly (readonly [string, { kind: string; config: unknown }])[];
  };
  return { ...frozen, connections: new Map(frozen.connections) };
}
