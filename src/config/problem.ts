/** What is wrong with a configuration: every problem, each with its place. */
import { RotationError } from "../domain/errors.ts";

export type PathSegment = string | number;

export interface Problem {
  readonly code: "config-not-found" | "config-invalid";
  readonly file: string;
  /** From 1; null when the file could not be read at all. */
  readonly line: number | null;
  /** `secrets.azure_secret.targets[0].content`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Something that is allowed but probably not meant. */
export type Warning = Omit<Problem, "code">;

/** A configuration that cannot be used. Its own message names the first problem; `problems` holds them all. */
export class ConfigError extends RotationError {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];

  constructor(problems: readonly [Problem, ...Problem[]], warnings: readonly Warning[] = []) {
    const [first] = problems;
    const more = problems.length - 1;
    const rest = more === 0 ? "" : ` (and ${more} more problem${more === 1 ? "" : "s"})`;
    super(problems.every(({ code }) => code === "config-not-found") ? "config-not-found" : "config-invalid", {
      kind: "rejected",
      message: formatPlace(first) + first.message + rest,
      ...(first.hint === null ? {} : { hint: first.hint }),
    });
    this.problems = problems;
    this.warnings = warnings;
  }
}

/** `file:line: path: `, as far as known. */
export function formatPlace({ file, line, path }: Pick<Problem, "file" | "line" | "path">): string {
  return `${file}${line === null ? "" : `:${line}`}: ${path === "" ? "" : `${path}: `}`;
}

export function formatPath(path: readonly PathSegment[]): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    const key = /^[A-Za-z0-9_.-]+$/.test(segment) ? segment : JSON.stringify(segment);
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/** Every comparison costs the product of both lengths, and names come from the file. */
const MOST_COMPARED = 200;

/** The one of `known` that was probably meant, as the end of a hint; null when none is close. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  if (known.length > MOST_COMPARED || word.length > 64) return null;
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined || best.distance > Math.max(1, Math.floor(word.length / 3))) return null;
  return `Did you mean \`${best.candidate}\`?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
