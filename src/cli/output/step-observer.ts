import type { Entry } from "../../domain/journal-record.ts";

/** Shows journal entries as they come. */
export interface StepObserver {
  entry(entry: Entry): void;
  /** Resolves when everything is on the screen. */
  finish(): Promise<void>;
}
