import type { RecordedError } from "../domain/errors.ts";
import type { LockdownPhase } from "../domain/lockdown.ts";

/** Something that a lockdown should have done and has not. */
export interface Shortfall {
  readonly phase: LockdownPhase;
  readonly subject: string;
  readonly error: RecordedError;
}
