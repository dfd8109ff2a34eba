/** What the sockets and pages answer with: the daemon, as they see it. */
import type { Entry } from "../domain/journal-record.ts";
import type { WorkRequest, WorkResult } from "../run/work.ts";

export type Role = "operator" | "viewer";

export interface Face {
  /** Works at once, beside whatever is under way. */
  ask(request: WorkRequest, observe: (entry: Entry) => void): Promise<WorkResult>;
  /** The heart beats. */
  readonly alive: boolean;
  /** It has its configuration, and its heart beats. */
  readonly ready: boolean;
  /** Process id of the worker that is at it. */
  readonly worker: number | null;
  /** Each gives a JSON document; null when there is none of that name. */
  status(): string;
  history(secret: string | null, limit: number): string;
  run(id: string): string | null;
}
