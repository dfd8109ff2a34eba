/** Reads one YAML file, with the place of every node kept. */
import { readFileSync, statSync } from "node:fs";
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import { MOST_BYTES } from "./scan-settings.ts";
import { formatPath, type PathSegment, type Problem } from "./problem.ts";

const MOST_ALIASES = 100;
/** One slip often makes everything after it wrong. */
const MOST_SYNTAX_ERRORS = 5;
/** yaml gives this as one error among the document's others. */
const STACK_OVERFLOW = "Maximum call stack";

export interface Source {
  readonly file: string;
  /** Plain JSON-like data; null when the file could not be parsed. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** The line where a path stands, or the nearest part of it that exists. */
  lineOf(path: readonly PathSegment[]): number | null;
}

/** Never throws: what is wrong with the file stands in `problems`. */
export function readSource(file: string): Source {
  const text = readText(file);
  if (typeof text !== "string") return { file, value: null, problems: [text], lineOf: () => null };
  const lines = new LineCounter();
  try {
    // yaml's own check of unique keys compares each key with every other one; `keyProblems` below does it in one pass.
    const options = {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: "error",
    } as const;
    return parsed(file, parseDocument(text, options), lines);
  } catch {
    return unreadable(file, "it is nested too deeply", "Take some levels out.");
  }
}

function parsed(file: string, document: Document.Parsed, lines: LineCounter): Source {
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const all = [...document.errors, ...document.warnings];
  const tooDeep = all.filter(({ message }) => message.startsWith(STACK_OVERFLOW));
  const faults = (tooDeep.length > 0 ? tooDeep : all).slice(0, tooDeep.length > 0 ? 1 : MOST_SYNTAX_ERRORS);
  const syntax = faults.map(({ pos, message }) =>
    problem(
      file,
      lineAt(pos[0]),
      [],
      `this is not valid YAML: ${withoutQuotation(message)}`,
      "Correct the syntax.",
    ),
  );
  if (syntax.length > 0) return { file, value: null, problems: syntax, lineOf: () => null };
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return unreadable(file, "the file is empty", "`keyturn init` writes one to start from.", 1);
  }
  const problems = keyProblems(file, document.contents, lineAt);
  const value = toPlain(document);
  if (value === TOO_MANY_ALIASES) {
    return unreadable(file, `its aliases expand to more than ${MOST_ALIASES} nodes`, "Write the values out.");
  }
  return { file, value, problems, lineOf: positions(document, lineAt) };
}

const TOO_MANY_ALIASES = Symbol("too many aliases");

function toPlain(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    if (error instanceof ReferenceError) return TOO_MANY_ALIASES;
    throw error;
  }
}

/** yaml quotes the offending token; it may be a secret that somebody wrote in. */
function withoutQuotation(message: string): string {
  if (message.startsWith(STACK_OVERFLOW)) return "it is nested too deeply";
  return message.replace(/: ".*$/s, "").slice(0, 160);
}

function readText(file: string): string | Problem {
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) return missing(file, "it is a folder, not a file", "Name the file itself.");
    if (!stat.isFile()) return missing(file, "it is not a regular file", "Name a regular file.");
    if (stat.size > MOST_BYTES) {
      const size = `${Math.ceil(stat.size / 1024)} KiB`;
      return problem(
        file,
        null,
        [],
        `the file is too large (${size}; ${MOST_BYTES / 1024} KiB is the most)`,
        "Check that it is the right file; schedules may be split into several.",
      );
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") {
      return missing(
        file,
        "there is no such file",
        "Give its path with --config or KEYTURN_CONFIG, or run `keyturn init`.",
      );
    }
    if (code === "EACCES" || code === "EPERM")
      return missing(file, "it may not be read", "Give keyturn's user read access.");
    if (code.startsWith("ERR_ENCODING"))
      return problem(file, null, [], "the file is not UTF-8 text", "Check that it is the right file.");
    return missing(file, `it cannot be read (${code || "unknown error"})`, "Check the path.");
  }
}

/** Keys that appear twice, that are no plain words, or that would reach an object's prototype; the latter are taken out. */
function keyProblems(file: string, root: Node, lineAt: (offset: number) => number): Problem[] {
  const found: Problem[] = [];
  const pending: { node: unknown; path: readonly PathSegment[] }[] = [{ node: root, path: [] }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, path } = next;
    if (isSeq(node))
      node.items.forEach((item, index) => pending.push({ node: item, path: [...path, index] }));
    if (!isMap(node)) continue;
    const seen = new Map<string, number>();
    for (const pair of [...node.items]) {
      const line = lineAt((pair.key as Node).range?.[0] ?? 0);
      const key = keyText(pair);
      if (key === null || key === "__proto__") {
        found.push(problem(file, line, path, "a key here is not a plain word", "Use a word as the key."));
        node.items.splice(node.items.indexOf(pair), 1);
        continue;
      }
      const first = seen.get(key);
      if (first === undefined) seen.set(key, line);
      else
        found.push(
          problem(
            file,
            line,
            [...path, key],
            `the key appears twice; the first is on line ${first}`,
            "Remove one of them.",
          ),
        );
      pending.push({ node: pair.value, path: [...path, key] });
    }
  }
  return found.reverse();
}

function keyText(pair: Pair): string | null {
  if (!isScalar(pair.key)) return null;
  const { value } = pair.key;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : null;
}

function positions(document: Document.Parsed, lineAt: (offset: number) => number): Source["lineOf"] {
  const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  const pairsOf = (map: YAMLMap) => {
    const index = indexes.get(map) ?? new Map(map.items.map((pair) => [keyText(pair) ?? "", pair]));
    indexes.set(map, index);
    return index;
  };
  return (path) => {
    let node: unknown = document.contents;
    let offset = document.contents?.range[0] ?? 0;
    for (const segment of path) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = pairsOf(node).get(String(segment));
        if (pair === undefined) break;
        offset = (pair.key as Node).range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(segment)];
        offset = (node as Node | undefined)?.range?.[0] ?? offset;
      } else break;
    }
    return lineAt(offset);
  };
}

function problem(
  file: string,
  line: number | null,
  path: readonly PathSegment[],
  message: string,
  hint: string,
): Problem {
  return { code: "config-invalid", file, line, path: formatPath(path), message, hint };
}

function missing(file: string, message: string, hint: string): Problem {
  return { ...problem(file, null, [], message, hint), code: "config-not-found" };
}

function unreadable(file: string, message: string, hint: string, line: number | null = null): Source {
  return { file, value: null, problems: [problem(file, line, [], message, hint)], lineOf: () => null };
}
