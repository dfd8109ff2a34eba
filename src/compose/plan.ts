/** Looks ahead: no lease, the journal only for reading, and of the far sides only what can be read. */
import type { LoadedConfig } from "../config/config.ts";
import type { ConsumerCache } from "../domain/consumer-cache.ts";
import { systemClock } from "../domain/system-clock.ts";
import { openJournalReadOnly } from "../journal/journal-reader.ts";
import { forecast, type Forecast } from "../run/forecast.ts";
import type { PlanRequest } from "../run/planner.ts";
import { kinds } from "./kinds.ts";
import { ConfiguredWiring, type Environment } from "./wiring.ts";

export interface PlanOrder {
  readonly config: LoadedConfig;
  readonly request: PlanRequest;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export async function plan({ config, request, env, signal }: PlanOrder): Promise<Forecast> {
  const journal = openJournalReadOnly(config.stateDir);
  const wiring = new ConfiguredWiring(config, kinds, systemClock, env);
  const hasProbe = (secret: string): boolean => wiring.policy(secret).probes.length > 0;
  try {
    const caches = (secret: string): readonly ConsumerCache[] => wiring.policy(secret).caches;
    return await forecast({ journal, wiring, clock: systemClock, signal, hasProbe, caches }, request);
  } finally {
    await wiring.close();
    journal.close();
  }
}
