import { closeSync, openSync, readdirSync, readSync, statSync, type Dirent } from "node:fs";
import { extname, join } from "node:path";

const DEEPEST = 16;
/** Beyond that a folder is not one of certificates. */
const MOST_FILES = 100_000;

const EXTENSIONS = new Set(".pem .crt .cer .cert .der .key .p7b .p7c .p12 .pfx .ca-bundle".split(" "));
const PEM_BEGINS = "-----BEGIN ";

/**
 * The files below a folder that may hold certificates or keys: by their name, else by how they begin. By path, so that the
 * same folder gives the same report. Links to files are followed, those to folders are not (they lead in circles).
 */
export function* findFiles(folder: string): Iterable<string> {
  let left = MOST_FILES;
  const folders = [{ path: folder, depth: 0 }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const entries = listed(next.path);
    for (const entry of entries) {
      const path = join(next.path, entry.name);
      if (entry.isDirectory()) continue;
      if (!isFile(entry, path) || !mayHold(path)) continue;
      if (left-- === 0) return;
      yield path;
    }
    if (next.depth === DEEPEST) continue;
    const { path, depth } = next;
    const below = entries.filter((entry) => entry.isDirectory()).reverse();
    folders.push(...below.map(({ name }) => ({ path: join(path, name), depth: depth + 1 })));
  }
}

/** One that may not be read holds nothing for us; the folder itself was looked at before. */
function listed(folder: string): readonly Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

function isFile(entry: Dirent, path: string): boolean {
  if (entry.isFile()) return true;
  return entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function mayHold(path: string): boolean {
  if (EXTENSIONS.has(extname(path).toLowerCase())) return true;
  try {
    const file = openSync(path, "r");
    try {
      const begin = Buffer.alloc(PEM_BEGINS.length);
      readSync(file, begin, 0, begin.length, 0);
      return begin.toString("latin1") === PEM_BEGINS;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
