import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedConfig, LockdownScope } from "../../config/config.ts";
import type { Check } from "../../domain/check.ts";
import { systemClock } from "../../domain/system-clock.ts";
import { evidenceSigner } from "../../journal/evidence-signer.ts";
import { loadSealKey } from "../../journal/seal-key.ts";
import { drillScope, type Drill } from "../../lockdown/drill.ts";
import { doctor } from "../doctor.ts";
import { newRunId } from "../run-id.ts";
import type { Environment } from "../wiring.ts";
import { channelsOf } from "./channels.ts";
import { connectScope } from "./connect-scope.ts";

export interface DrillLockdownOrder {
  readonly config: LoadedConfig;
  readonly scope: LockdownScope;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export interface DrillResult extends Drill {
  /** Of what rotating the scope's secrets needs: only what is not in order. */
  readonly checks: readonly Check[];
}

/** Needs neither the lease nor the journal: nothing that is real is changed. */
export async function drillLockdown(order: DrillLockdownOrder): Promise<DrillResult> {
  const { config, scope, env, signal } = order;
  const checks = await doctor({ config, secrets: scope.secrets, env, signal });
  const drill = newRunId(systemClock.now());
  const drilled = await drillScope({
    parts: await connectScope(config, scope, env),
    channels: channelsOf(scope, config, env),
    signer: evidenceSigner(loadSealKey(config.sealKeyFile, env["CREDENTIALS_DIRECTORY"])),
    dir: join(tmpdir(), `keyturn-drill-${drill}`),
    drill,
    clock: systemClock,
    signal,
  });
  const failed = checks.filter(({ result }) => result === "failed");
  return { ...drilled, ok: drilled.ok && failed.length === 0, checks: failed };
}
