import { basename } from "node:path";
import { checkRow } from "../diagnosis/check-rules.ts";
import type { CheckFinding } from "../diagnosis/diagnosis.ts";

/** A file with a chain or with keys, as far as they may belong together. */
export interface Pairable {
  readonly path: string;
  /** Those of one group stand side by side: in one folder, or on one command line. */
  readonly group: string;
  /** SHA-256 of the public key: of the leaf, or of each key. */
  readonly keyIds: readonly string[];
  readonly isKey: boolean;
  /** The subject of the leaf. */
  readonly subject?: string;
}

/** A finding and the file that it is told of. */
export interface Mismatch {
  readonly path: string;
  readonly finding: CheckFinding;
}

/**
 * Keys that belong to no certificate beside them, where one is without its key. Which of several was meant is told by the
 * names that people give their files.
 */
export function matchKeys(files: readonly Pairable[]): readonly Mismatch[] {
  return [...Map.groupBy(files, ({ group }) => group).values()].flatMap(mismatches);
}

function mismatches(files: readonly Pairable[]): readonly Mismatch[] {
  const [keys, chains] = [files.filter(({ isKey }) => isKey), files.filter(({ isKey }) => !isKey)];
  const known = new Set(chains.flatMap(({ keyIds }) => keyIds));
  const held = new Set(keys.flatMap(({ keyIds }) => keyIds));
  const lonely = chains.filter(({ keyIds }) => !keyIds.some((id) => held.has(id)));
  if (lonely.length === 0) return [];
  return keys
    .filter(({ keyIds }) => !keyIds.some((id) => known.has(id)))
    .map((key) => ({ path: key.path, finding: mismatch(meant(key, lonely)) }));
}

/** `shop.key` beside `shop.crt`; else all that lack a key. */
function meant(key: Pairable, lonely: readonly Pairable[]): readonly Pairable[] {
  const stem = stemOf(key.path);
  const sameName = lonely.filter(({ path }) => stemOf(path) === stem);
  return sameName.length > 0 ? sameName : lonely;
}

function stemOf(path: string): string {
  return basename(path).replace(/\.[^.]*$/, "");
}

const MOST_NAMED = 5;

function mismatch(chains: readonly Pairable[]): CheckFinding {
  const named = chains
    .slice(0, MOST_NAMED)
    .map(({ path, subject }) => `${basename(path)} (${subject ?? ""})`);
  const more = chains.length > MOST_NAMED ? `, nor of ${chains.length - MOST_NAMED} more` : "";
  const { section, mend } = checkRow("key-matches");
  return {
    rule: "key-matches",
    section,
    level: "error",
    certificate: null,
    message: `it is not the key of ${named.join(", nor of ")}${more}, beside it`,
    mend,
  };
}
