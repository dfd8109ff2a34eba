/**
 * Finds `state.dir` and `schedules` in a keyturn.yaml that is written the usual way, without a YAML parser (which costs
 * more than all else that `status` does). It reads only what cannot mean anything else and otherwise answers null.
 */
export interface Settings {
  readonly stateDir: string | undefined;
  readonly schedules: string | readonly string[];
}

/** A configuration is written by people: more than this is a mistake, and a hostile one would take seconds to parse. */
export const MOST_BYTES = 256 * 1024;

/** In a block mapping nothing but its keys may begin in the first column. */
const TOP_LEVEL = /^([A-Za-z][A-Za-z0-9_-]*):(?:[ ]+(.*))?$/;
/** A word that YAML reads as text whatever its schema: a path. */
const PATH = /^([./$](?:[^\s"'#&*|>%@`]*[^\s"'#&*|>%@`:])?)(?:[ ]+#.*)?$/;
const CHILD = /^([ ]+)(dir|sealKeyFile):[ ]+(.*)$/;
const NOTHING = /^[ ]*(#.*)?$/;

/** Null: the file is written in a way that only a parser understands. */
export function scanSettings(text: string): Settings | null {
  const blocks = topLevelBlocks(text);
  if (blocks === null) return null;
  const schedules = blocks.get("schedules");
  const state = blocks.get("state");
  const folder = schedules === undefined ? "./schedules" : inlinePath(schedules);
  const dir = state === undefined ? undefined : stateDir(state);
  return folder === null || dir === null ? null : { schedules: folder, stateDir: dir };
}

interface Block {
  readonly inline: string;
  readonly lines: string[];
}

function topLevelBlocks(text: string): ReadonlyMap<string, Block> | null {
  const blocks = new Map<string, Block>();
  let open: Block | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (NOTHING.test(line)) continue;
    if (line.startsWith(" ")) {
      if (open === null) return null;
      open.lines.push(line);
      continue;
    }
    const [, key, inline = ""] = TOP_LEVEL.exec(line) ?? [];
    if (key === undefined || blocks.has(key)) return null;
    open = { inline: NOTHING.test(inline) ? "" : inline, lines: [] };
    blocks.set(key, open);
  }
  return blocks;
}

function inlinePath({ inline, lines }: Block): string | null {
  return lines.length > 0 ? null : (PATH.exec(inline)?.[1] ?? null);
}

function stateDir({ inline, lines }: Block): string | undefined | null {
  if (inline !== "") return null;
  const found = new Map<string, string>();
  const indents = new Set<string>();
  for (const line of lines) {
    const [, indent = "", key, value = ""] = CHILD.exec(line) ?? [];
    const path = PATH.exec(value)?.[1];
    if (key === undefined || path === undefined || found.has(key)) return null;
    indents.add(indent);
    found.set(key, path);
  }
  return indents.size > 1 ? null : found.get("dir");
}
