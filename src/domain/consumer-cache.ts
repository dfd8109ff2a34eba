/** A consumer that goes on with a value it has read longer than the previous version works is cut off. */
import { formatDuration } from "./time.ts";

export interface ConsumerCache {
  /** The target as people know it: its kind, and its name or path. */
  readonly target: string;
  /** How long a consumer there may keep using a value that it has read. */
  readonly cacheMs: number;
}

/** What is wrong when the previous version is revoked before the consumer lets go of it; null when it is not. */
export function outlivesOverlap(
  { target, cacheMs }: ConsumerCache,
  overlapMs: number,
  saidBy: string,
): string | null {
  if (cacheMs <= overlapMs) return null;
  const overlap = overlapMs === 0 ? "no overlap" : `an overlap of ${formatDuration(overlapMs)}`;
  return `${target} may keep using a value for ${formatDuration(cacheMs)}, and ${saidBy} leaves ${overlap}: what it keeps may be revoked by then`;
}
