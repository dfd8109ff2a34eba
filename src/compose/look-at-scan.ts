import { checkTargets, type Target, type TargetReport } from "../certificates/index.ts";
import type { LoadedConfig } from "../config/config.ts";
import { readServed } from "../connections/tls/read-served.ts";
import { expandPath, type Environment } from "../domain/expand-path.ts";
import type { ScanPolicy } from "../domain/scan.ts";
import type { Instant } from "../domain/time.ts";
import { readDockerConfig } from "./docker-config.ts";
import { endpointTarget } from "./endpoint-target.ts";
import { readTrust } from "./trust.ts";

export interface ScanOrder {
  readonly policy: ScanPolicy;
  readonly config: LoadedConfig;
  /** What relative paths are seen from. */
  readonly base: string;
  readonly env: Environment;
  readonly at: Instant;
  readonly signal: AbortSignal;
}

export async function lookAtScan(order: ScanOrder): Promise<readonly TargetReport[]> {
  const { policy, config, base, env, at, signal } = order;
  const [trust, pool] = await Promise.all([
    readTrust(policy.trust, env, base),
    readTrust(policy.pool, env, base),
  ]);
  return checkTargets(
    { targets: scanTargets(policy, env, base), trust, pool, names: [], at, soon: policy.soon },
    {
      served: (endpoint, stop) => readServed(endpoint, policy.timeoutMs, stop),
      dockerConfig: (connection, name, stop) =>
        readDockerConfig({ config, connection, name, env, signal: stop }),
    },
    signal,
  );
}

function scanTargets(
  { files, endpoints, configs }: ScanPolicy,
  env: Environment,
  base: string,
): readonly Target[] {
  return [
    ...files.map((written): Target => ({ kind: "path", path: expandPath(written, env, base) })),
    ...endpoints.flatMap((endpoint) => endpointTarget(endpoint.address, endpoint) ?? []),
    ...configs.map(({ connection, name }): Target => ({
      kind: "docker-config",
      label: `docker-config:${connection}/${name}`,
      connection,
      name,
    })),
  ];
}
