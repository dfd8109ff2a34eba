import { systemClock } from "../../domain/system-clock.ts";
import { findLeaseHolder } from "../../journal/lease-holder.ts";
import { waitForLease, type Lease } from "../../journal/lease.ts";

const POLL_MS = 20;

/**
 * The lease, from whoever has it: a worker that holds it is killed, since what it does may take long, and what it left is
 * recovered by whoever comes next. Another lockdown is waited for.
 */
export function takeLeaseForLockdown(dir: string, signal: AbortSignal): Promise<Lease> {
  const holder = findLeaseHolder(dir);
  if (holder !== null && !holder.isLockdown && holder.pid !== process.pid) kill(holder.pid);
  return waitForLease(dir, systemClock, signal, { purpose: "lockdown", pollMs: POLL_MS });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone already, or another user's: then the lease is waited for.
  }
}
