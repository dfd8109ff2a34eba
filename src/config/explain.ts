/** Turns what zod found into problems that a person can act on. */
import { z } from "zod";
import { didYouMean, formatPath, type PathSegment, type Problem, type Warning } from "./problem.ts";
import type { Source } from "./source.ts";

const SECRET_WORD =
  /(secret|password|passphrase|token|credential|private_?key|api_?key|sealkey|^value$|^key$|^user(name)?$)/i;

type Issue = z.core.$ZodIssue;

/** Checks `value`, which stands at `path` of the source; what is wrong is added to `problems`. */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  source: Source,
  path: readonly PathSegment[],
  problems: Problem[],
): T | null {
  const result = safely(schema, value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) problems.push(...explain(issue, value, source, path, schema));
  return null;
}

export function problemAt(
  source: Source,
  path: readonly PathSegment[],
  message: string,
  hint: string | null,
): Problem {
  return {
    code: "config-invalid",
    file: source.file,
    line: source.lineOf(path),
    path: formatPath(path),
    message,
    hint,
  };
}

export function warningAt(source: Source, path: readonly PathSegment[], message: string): Warning {
  return { file: source.file, line: source.lineOf(path), path: formatPath(path), message, hint: null };
}

/** A kind's schema may be built of anything; one that throws is told as a problem, not as a crash. */
function safely<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    const message = error instanceof Error ? `cannot be checked (${error.name})` : "cannot be checked";
    return {
      success: false,
      error: new z.ZodError([{ code: "custom", message, path: [], input: undefined }]) as z.ZodError<T>,
    };
  }
}

function explain(
  issue: Issue,
  root: unknown,
  source: Source,
  base: readonly PathSegment[],
  schema: z.ZodType,
): Problem[] {
  const inner = issue.path.filter((segment) => typeof segment !== "symbol");
  const path = [...base, ...inner];
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = knownKeys(schema, inner);
      return issue.keys.map((key) =>
        problemAt(source, [...path, key], "unknown key", unknownKeyHint(key, known)),
      );
    }
    case "invalid_union": {
      const branch = closestBranch(issue.errors);
      if (branch === null) return [problemAt(source, path, withoutPrefix(issue.message), null)];
      return branch.flatMap((nested) =>
        explain({ ...nested, path: [...issue.path, ...nested.path] }, root, source, base, schema),
      );
    }
    case "invalid_type": {
      const given = valueAt(root, inner);
      if (given === undefined) return [problemAt(source, path, "is missing", null)];
      const quotes = issue.expected === "string" && (typeof given === "number" || typeof given === "boolean");
      const message = issue.message.startsWith("Invalid input")
        ? `must be ${article(issue.expected)}`
        : issue.message;
      return [problemAt(source, path, message, quotes ? "Put the value in quotes." : null)];
    }
    case "invalid_key":
    case "invalid_element":
      return [problemAt(source, path, issue.issues[0]?.message ?? "cannot stand here", null)];
    case "too_small":
      return [problemAt(source, path, sizeMessage(issue, "at least", String(issue.minimum)), null)];
    case "too_big":
      return [problemAt(source, path, sizeMessage(issue, "at most", String(issue.maximum)), null)];
    case "invalid_value":
      return [
        problemAt(source, path, `must be ${issue.values.map((word) => String(word)).join(" or ")}`, null),
      ];
    default:
      return [problemAt(source, path, withoutPrefix(issue.message), null)];
  }
}

function unknownKeyHint(key: string, known: readonly string[]): string | null {
  const asFile = known.find((candidate) => candidate.toLowerCase() === `${key}file`.toLowerCase());
  if (asFile !== undefined)
    return `A secret value is never written here: put it in a file and write \`${asFile}: PATH\`.`;
  const close = didYouMean(key, known);
  if (close !== null) return close;
  if (SECRET_WORD.test(key))
    return `A secret value is never written here: put it in a file and name that in a \`…File\` key.`;
  if (known.length === 0) return "Remove it.";
  return `Known here: ${known.slice(0, 20).join(", ")}.`;
}

/** Of a union's branches, the one that got furthest: fewest problems, and not refused for its type as a whole. */
function closestBranch(errors: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const misfit = (issues: readonly Issue[]) =>
    Number(issues.some(({ path, code }) => path.length === 0 && code === "invalid_type"));
  const ranked = [...errors].sort((a, b) => misfit(a) - misfit(b) || a.length - b.length);
  return ranked[0] ?? null;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of keys to values",
  record: "a mapping of names to entries",
};

function article(expected: string): string {
  return NOUNS[expected] ?? `a ${expected}`;
}

/** zod's own words (`Too small: expected array to have >=1 items`) say it less plainly; a kind's words are kept. */
function sizeMessage(
  { message, origin }: { message: string; origin: string },
  bound: string,
  limit: string,
): string {
  if (!/^Too (small|big)/.test(message)) return message;
  if (origin === "array" || origin === "set") return `must list ${bound} ${limit}`;
  return origin === "string"
    ? `must have ${bound} ${limit} character${limit === "1" ? "" : "s"}`
    : `must be ${bound} ${limit}`;
}

function withoutPrefix(message: string): string {
  return message.replace(/^Invalid input: /, "");
}

export function valueAt(root: unknown, path: readonly PathSegment[]): unknown {
  return path.reduce<unknown>((value, segment) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    return (value as Record<PathSegment, unknown>)[segment];
  }, root);
}

/** The keys a schema takes at a path, for a suggestion; empty when that cannot be told. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PathSegment[]): readonly string[] {
  const { def } = (schema as z.ZodType)._zod as unknown as { def: SchemaDefinition };
  if (def.innerType !== undefined) return knownKeys(def.innerType, path);
  if (def.in !== undefined) return knownKeys(def.in, path);
  if (def.options !== undefined)
    return [...new Set(def.options.flatMap((option) => knownKeys(option, path)))];
  const [segment, ...rest] = path;
  if (segment === undefined) return Object.keys(def.shape ?? {});
  const next = def.shape?.[segment] ?? def.element ?? def.valueType;
  return next === undefined ? [] : knownKeys(next, rest);
}

interface SchemaDefinition {
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
}
