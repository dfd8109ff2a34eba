import type { LoadedConfig } from "../config/config.ts";
import { systemClock } from "../domain/system-clock.ts";
import { acquireLease, waitForLease, type Lease } from "../journal/lease.ts";

export interface LeaseOrder {
  readonly config: Pick<LoadedConfig, "stateDir">;
  /** Wait for the lease instead of being refused at once. */
  readonly wait: boolean;
  readonly signal: AbortSignal;
}

export function takeLease({ config, wait, signal }: LeaseOrder): Promise<Lease> {
  if (wait) return waitForLease(config.stateDir, systemClock, signal);
  return Promise.resolve(acquireLease(config.stateDir));
}
