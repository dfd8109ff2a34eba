/** What a far side has that could be taken over, as the configuration would name it. */
import type { RecordedError } from "./errors.ts";
import type { Context, Json, Listed } from "./ports.ts";

/** A leaf's keys as a person would write them. */
export type WrittenLeaf = Readonly<Record<string, Json>>;

export interface FoundIssuer {
  /** As its owners call it. */
  readonly name: string;
  readonly leaf: WrittenLeaf;
  /** Its live credentials. */
  readonly credentials: readonly Listed[];
}

export interface FoundTarget {
  readonly name: string;
  readonly leaf: WrittenLeaf;
  /** Who uses it, and what stands in the way: a line each. */
  readonly notes: readonly string[];
}

/** `configured`: what the configuration has of this kind already, which is not to be found again. */
export interface DiscoveryOrder<C> {
  readonly connection: string;
  readonly configured: readonly C[];
  readonly context: Context;
}

export interface Discovery {
  readonly issuers: readonly FoundIssuer[];
  readonly targets: readonly FoundTarget[];
  readonly failures: readonly { readonly connection: string; readonly error: RecordedError }[];
}
