import type { Instant } from "./time.ts";

/** Something that people outside are told. Never holds a secret: only names, times, and what is in the journal. */
export interface Notice {
  /** `lockdown.contained`, `lockdown.settled`, `lockdown.lifted`, `lockdown.drill`. */
  readonly event: `lockdown.${"contained" | "settled" | "lifted" | "drill"}`;
  readonly at: Instant;
  readonly scope: string;
  readonly lockdown: string;
  /** One line. */
  readonly title: string;
  readonly lines: readonly string[];
}

/** One configured channel. */
export interface Channel {
  readonly name: string;
  /** Resolves when the other side has taken it over. */
  send(notice: Notice, signal: AbortSignal): Promise<void>;
}
