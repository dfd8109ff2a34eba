/**
 * How the files of a folder belong together. Each stable path `NAME` is a link to `.LINK/NAME`, and `.LINK` is a link to the
 * folder of one generation: switching that one link switches every file at the same moment. What stood at the paths before
 * is first gathered in a folder of its own, so that taking over changes nothing that anybody reads.
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  linkAtomically,
  lookAt,
  readWhole,
  type Access,
  type Entry,
} from "../../connections/file-system/atomic-file.ts";
import { codeOf, fileFailure, refusedFile } from "../../connections/file-system/file-failure.ts";

/** One folder, and the name that its generations have there. */
export interface Layout {
  readonly folder: string;
  /** `.keyturn`: the link, and what the folders of generations begin with. */
  readonly base: string;
}

/** What stood at a stable path before us; the bytes of a file are kept apart. */
export type Stood =
  | { readonly name: string; readonly type: "absent" }
  | { readonly name: string; readonly type: "link"; readonly target: string }
  | ({ readonly name: string; readonly type: "file"; readonly size: number } & Access);

/** Content found before us is sealed in the journal, which is no place for large files. */
export const LARGEST_FOUND = 1024 * 1024;

/** Where `.LINK` leads; null when it is not there. */
export async function generationIn({ folder, base }: Layout): Promise<string | null> {
  const there = await lookAt(join(folder, base));
  if (there.type === "file")
    throw refusedFile(
      `${join(folder, base)} is a file, and keyturn needs that name for its link`,
      "Look whose it is, and move it away; or give the target another name.",
    );
  return there.type === "link" ? there.target : null;
}

/** The folder whose content is read while it is switched from what stood there before. */
export function bridgeOf({ base }: Layout): string {
  return `${base}_before`;
}

export async function hasFolder({ folder }: Layout, name: string): Promise<boolean> {
  try {
    return (await lstat(join(folder, name))).isDirectory();
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return false;
    throw fileFailure(`look at ${join(folder, name)}`, thrown);
  }
}

/** Names of the files of a generation. */
export async function membersOf({ folder }: Layout, generation: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(folder, generation))).toSorted();
  } catch (thrown) {
    throw fileFailure(`list the folder ${join(folder, generation)}`, thrown);
  }
}

export async function leadsThrough({ folder, base }: Layout, name: string): Promise<boolean> {
  const there = await lookAt(join(folder, name));
  return there.type === "link" && there.target === `${base}/${name}`;
}

export async function linkThrough({ folder, base }: Layout, name: string): Promise<void> {
  await linkAtomically(join(folder, name), `${base}/${name}`);
}

/** What a process finds at a stable path now, as it stood or as the bridge keeps it. */
export async function standingAt(layout: Layout, name: string): Promise<Stood> {
  const own = join(layout.folder, name);
  const isOurs = await leadsThrough(layout, name);
  const there = await lookAt(isOurs ? join(layout.folder, layout.base, name) : own);
  if (there.type === "link")
    return { name, type: "link", target: isOurs ? fromInside(there.target) : there.target };
  return there.type === "absent" ? { name, type: "absent" } : stoodAs(name, there);
}

function stoodAs(name: string, { mode, uid, gid, size }: Entry & { type: "file" }): Stood {
  return { name, type: "file", mode, uid, gid, size };
}

/** The caller wipes it. */
export async function bytesOf(layout: Layout, name: string): Promise<Buffer> {
  const isOurs = await leadsThrough(layout, name);
  const path = isOurs ? join(layout.folder, layout.base, name) : join(layout.folder, name);
  return readWhole(path, LARGEST_FOUND);
}

/** A relative link keeps its meaning one folder further down. */
export function toInside(target: string): string {
  return target.startsWith("/") ? target : `../${target}`;
}

function fromInside(target: string): string {
  return target.startsWith("../") ? target.slice("../".length) : target;
}
