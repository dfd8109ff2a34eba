import type { RecordedError } from "../domain/errors.ts";

/** One thing that a drill tried, and how long it took. */
export interface DrillPhase {
  readonly phase: string;
  readonly ms: number;
  readonly error: RecordedError | null;
}
