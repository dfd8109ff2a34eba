import type { RecordedError } from "./errors.ts";
import type { Instant } from "./time.ts";

/** What others left for us to take over. */
export type Offer =
  | { readonly state: "none" }
  | { readonly state: "waiting"; /** The credential's. */ readonly id: string; readonly since: Instant }
  /** Half of it is there, or what is there makes no sense. */
  | { readonly state: "unready"; readonly error: RecordedError };
