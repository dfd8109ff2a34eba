/** Room in the state folder that a lockdown can write in when there is none: set aside by every worker before that day. */
import { statfsSync } from "node:fs";
import { join } from "node:path";
import type { LoadedConfig } from "../../config/config.ts";
import { SpaceReserve } from "../../sinks/audit/space-reserve.ts";

/** What the journal wants free before an intent, and what the records of a lockdown take. */
const RESERVE_BYTES = 12 * 1024 * 1024;

type Where = Pick<LoadedConfig, "stateDir" | "lockdown">;

/** Where a scope is configured. A disk that has no room for it is told by others. */
export function keepReserve({ stateDir, lockdown }: Where): void {
  if (lockdown.size === 0) return;
  try {
    reserveIn(stateDir).ensure();
  } catch {
    // Rotations refuse to begin on a disk that is this full.
  }
}

/** Gives it up when there is no room otherwise. */
export function useReserve({ stateDir }: Where): void {
  try {
    const { bavail, bsize } = statfsSync(stateDir);
    if (bavail * bsize < RESERVE_BYTES) reserveIn(stateDir).release();
  } catch {
    // There is no folder yet, or it cannot be written: the journal says so.
  }
}

function reserveIn(stateDir: string): SpaceReserve {
  return new SpaceReserve(join(stateDir, "lockdown.reserve"), RESERVE_BYTES);
}
