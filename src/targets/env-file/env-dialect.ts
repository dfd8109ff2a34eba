/** How a kind of environment file is read and written. All offsets are in bytes. */

export interface Assignment {
  readonly key: string;
  /** From `start` (`export` or the key itself) to `end` (before the line break) is the assignment, comment included. */
  readonly start: number;
  /** What a new value replaces, quotes included. */
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly end: number;
  /** As a reader gets it; the caller wipes it. */
  readonly value: Buffer;
}

export interface Scanned {
  readonly assignments: readonly Assignment[];
  /** Whether something that is appended needs a line break before it; `open` when it would be read as part of what is there. */
  readonly end: "line-ended" | "in-line" | "open";
}

export interface EnvDialect {
  /** Throws `file-refused` for a file that readers may understand in more than one way. */
  scan(file: Buffer, path: string): Scanned;
  /** The value as it stands after `=`; `null` when the dialect cannot say it. The caller wipes it. */
  quote(value: Buffer): Buffer | null;
}
