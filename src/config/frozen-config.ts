/**
 * A configuration as text, for another process: the daemon has a worker load the files and keeps what came of it, so that
 * every later worker goes by the same configuration, whatever is in the files by then. It holds no secret.
 */
import type { SecretPolicy } from "../domain/policy.ts";
import type { ConfiguredSecret, LoadedConfig } from "./config.ts";

type ToldByKinds = Pick<SecretPolicy, "stores" | "offers">;

export interface FrozenConfig extends LoadedConfig {
  /** With what only a process that knows the kinds can tell. */
  readonly secrets: readonly (ConfiguredSecret & ToldByKinds)[];
}

/** Throws `config-invalid` when a path needs a variable that is not set. */
export function freezeConfig(
  config: LoadedConfig,
  toldByKinds: (secret: ConfiguredSecret) => ToldByKinds,
): string {
  const { stateDir, sealKeyFile, auditDir, control } = config;
  return JSON.stringify({
    ...config,
    stateDir,
    sealKeyFile,
    auditDir,
    control,
    connections: [...config.connections],
    lockdown: [...config.lockdown],
    notify: [...config.notify],
    secrets: config.secrets.map((secret) => ({ ...secret, ...toldByKinds(secret) })),
  });
}

export function thawConfig(text: string): FrozenConfig {
  const { connections, lockdown, notify, ...frozen } = JSON.parse(text) as Omit<FrozenConfig, MapKey> & {
    readonly [K in MapKey]: readonly (readonly [string, ValueOf<FrozenConfig[K]>])[];
  };
  const maps = {
    connections: new Map(connections),
    lockdown: new Map(lockdown),
    notify: new Map(notify),
  };
  return { ...frozen, ...maps };
}

type MapKey = "connections" | "lockdown" | "notify";
type ValueOf<M> = M extends ReadonlyMap<string, infer V> ? V : never;
