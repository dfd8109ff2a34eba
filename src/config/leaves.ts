/** Second pass: each issuer, target, reload, probe and connection against its own kind's schema. */
import { isAbsolute, join } from "node:path";
import type { ConfiguredLeaf, LeafKind } from "./config.ts";
import { check, knownKeys, problemAt } from "./explain.ts";
import { didYouMean, type PathSegment, type Problem } from "./problem.ts";
import type { Source } from "./source.ts";

/** Where a leaf stands, and where what is wrong with it goes. */
export interface Site {
  readonly source: Source;
  readonly path: readonly PathSegment[];
  /** Relative paths are relative to the folder of keyturn.yaml. */
  readonly base: string;
  readonly problems: Problem[];
}

export type RawLeaf = Readonly<Record<string, unknown>> & { readonly kind: string };

/** What stands in place of a leaf that is wrong, so that the checks after it can go on. */
export interface CheckedLeaf<K extends LeafKind> {
  readonly leaf: ConfiguredLeaf | null;
  readonly kind: K | null;
  readonly raw: RawLeaf;
  readonly site: Site;
}

export function checkLeaf<K extends LeafKind>(
  what: string,
  raw: RawLeaf,
  kinds: readonly K[],
  site: Site,
): CheckedLeaf<K> {
  const kind = kinds.find((candidate) => candidate.kind === raw.kind) ?? null;
  if (kind === null) {
    site.problems.push(unknownKind(what, raw.kind, kinds, site));
    return { leaf: null, kind, raw, site };
  }
  const { kind: word, ...rest } = anchored(raw, site.base);
  // A kind may list its own word in its schema or leave it out.
  const input = knownKeys(kind.schema, []).includes("kind") ? { kind: word, ...rest } : rest;
  const before = site.problems.length;
  const config = check(kind.schema, input, site.source, site.path, site.problems);
  return { leaf: site.problems.length === before ? { kind: kind.kind, config } : null, kind, raw, site };
}

/** Checks a target and the reloads inside it; each reload becomes a `ConfiguredLeaf`. */
export function checkTarget<K extends LeafKind>(
  raw: RawLeaf,
  kinds: readonly K[],
  reloadKinds: readonly LeafKind[],
  site: Site,
): readonly CheckedLeaf<LeafKind>[] {
  const target = checkLeaf("target", raw, kinds, site);
  const config = target.leaf?.config ?? raw;
  if (!hasReloads(config)) return [target];
  const reloads = config.reload.flatMap((entry, index) => {
    const at: Site = { ...site, path: [...site.path, "reload", index] };
    return isRawLeaf(entry) ? [checkLeaf("reload", entry, reloadKinds, at)] : [];
  });
  if (target.leaf === null) return [target, ...reloads];
  const checked = config.reload.map((_entry, index) => reloads[index]?.leaf ?? null);
  return [{ ...target, leaf: { kind: raw.kind, config: { ...config, reload: checked } } }, ...reloads];
}

function hasReloads(config: unknown): config is { readonly reload: readonly unknown[] } {
  return typeof config === "object" && config !== null && "reload" in config && Array.isArray(config.reload);
}

export function isRawLeaf(value: unknown): value is RawLeaf {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
}

function unknownKind(
  what: string,
  word: string,
  kinds: readonly LeafKind[],
  { source, path }: Site,
): Problem {
  const words = kinds.map(({ kind }) => kind);
  const hint = didYouMean(word, words) ?? (words.length === 0 ? null : `Known kinds: ${words.join(", ")}.`);
  return problemAt(source, [...path, "kind"], `no ${what} is of the kind \`${word}\``, hint);
}

/** Anchors relative paths: every `…File` key, a target's `path`, and what a denial is copied `from`. What begins with a variable is left as it is. */
function anchored<T>(value: T, base: string): T {
  if (Array.isArray(value)) return value.map((item: unknown) => anchored(item, base)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => [
    key,
    anchoredEntry(key, item, base),
  ]);
  return Object.fromEntries(entries) as T;
}

function anchoredEntry(key: string, item: unknown, base: string): unknown {
  if (typeof item !== "string" || !/(^path|^from|File)$/.test(key)) return anchored(item, base);
  return item === "" || isAbsolute(item) || item.startsWith("${") ? item : join(base, item);
}
