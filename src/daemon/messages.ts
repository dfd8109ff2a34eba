/** What the daemon and its worker tell one another: JSON, one message a line, over the worker's standard streams. */
import type { RecordedError } from "../domain/errors.ts";
import type { Entry } from "../domain/journal-record.ts";
import type { WorkMessage } from "../run/work-message.ts";
import type { WorkResult } from "../run/work.ts";

export type ToWorker =
  /** Load the configuration, tell it and end. */
  | { readonly type: "load"; readonly file: string }
  /** Take the lease and work by this configuration, as `freezeConfig` wrote it. */
  | { readonly type: "open"; readonly config: string }
  | { readonly type: "work"; readonly id: number; readonly request: WorkMessage }
  /** Begin nothing any more; calls under way may end. */
  | { readonly type: "stop" }
  /** Leave the calls under way: what came of them is found out by the next worker. */
  | { readonly type: "cut" }
  /** Nothing more is asked. */
  | { readonly type: "end" };

export type FromWorker =
  | { readonly type: "loaded"; readonly config: string }
  | { readonly type: "refused"; readonly error: RecordedError; readonly problems: readonly ToldProblem[] }
  /** The process is alive, and so is its event loop. */
  | { readonly type: "beat" }
  /** A record that request `id` brought. */
  | { readonly type: "entry"; readonly id: number; readonly entry: Entry }
  | { readonly type: "done"; readonly id: number; readonly result: WorkResult }
  | { readonly type: "failed"; readonly id: number; readonly error: RecordedError };

export interface ToldProblem {
  /** `file:line: path: what is wrong`. */
  readonly message: string;
  readonly hint: string | null;
}
