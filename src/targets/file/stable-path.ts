/** What stands at a stable path, how it is told in a baseline, and how it comes back. */
import { basename, dirname, join } from "node:path";
import { linkAtomically, lookAt, readWhole, removeDurably, writeAtomically } from "./atomic-file.ts";
import { copyName, copyRef } from "./copy.ts";
import { refusedFile } from "./file-failure.ts";
import { RotationError } from "../../domain/errors.ts";
import { SecretValue } from "../../domain/material.ts";
import type { Held } from "../../domain/ports.ts";
import type { SecretName, VersionRef } from "../../domain/version.ts";

/** Content found before us is sealed in the journal, which is no place for large files. */
const LARGEST_FOUND = 1024 * 1024;

/** Plain JSON. `copy` is a link to a version of ours; the content of a `file` is sealed apart. */
export type Restore =
  | { readonly type: "absent" }
  | { readonly type: "copy"; readonly name: string }
  | { readonly type: "link"; readonly target: string }
  | { readonly type: "file"; readonly mode: number; readonly uid: number; readonly gid: number };

export interface Found {
  readonly held: Held;
  readonly restore: Restore;
  readonly content: SecretValue | null;
}

export async function findAt(path: string, secret: SecretName): Promise<Found> {
  const there = await lookAt(path);
  if (there.type === "absent")
    return { held: { kind: "absent" }, restore: { type: "absent" }, content: null };
  if (there.type === "link") return foundLink(path, secret, there.target);
  const { mode, uid, gid } = there;
  const bytes = await readWhole(path, LARGEST_FOUND);
  const content = SecretValue.fromBytes(bytes);
  bytes.fill(0);
  const held: Held = { kind: "foreign", description: `a file of ${there.size} bytes at ${path}` };
  return { held, restore: { type: "file", mode, uid, gid }, content };
}

async function foundLink(path: string, secret: SecretName, target: string): Promise<Found> {
  const ref = copyRef(basename(path), secret, target);
  if (ref !== null && (await isFile(join(dirname(path), target)))) {
    return { held: { kind: "version", ref }, restore: { type: "copy", name: target }, content: null };
  }
  const held: Held = { kind: "foreign", description: `a link from ${path} to ${target}` };
  return { held, restore: { type: "link", target }, content: null };
}

/** Whether `path` links to the version, and its file is there. */
export async function linksTo(path: string, ref: VersionRef): Promise<boolean> {
  const name = copyName(basename(path), ref);
  const there = await lookAt(path);
  return there.type === "link" && there.target === name && (await isFile(join(dirname(path), name)));
}

export async function assertDelivered(path: string, name: string): Promise<void> {
  const copy = join(dirname(path), name);
  if (await isFile(copy)) return;
  throw new RotationError("copy-missing", {
    kind: "rejected",
    message: `${copy} is not there, so ${path} cannot link to it`,
    hint: "Somebody else removed it; rotate again.",
  });
}

/** The link is written even where it stands already: whether it reached the disk is not known. */
export async function switchTo(path: string, ref: VersionRef): Promise<void> {
  await linkAtomically(path, copyName(basename(path), ref));
}

export async function restoreAt(path: string, restore: Restore, content: SecretValue | null): Promise<void> {
  switch (restore.type) {
    case "absent":
      return remove(path);
    case "link":
      return linkAtomically(path, restore.target);
    case "copy":
      await assertDelivered(path, restore.name);
      return linkAtomically(path, restore.name);
    case "file": {
      const { mode, uid, gid } = restore;
      if (content === null) throw lostContent(path);
      return content.revealBytes((bytes) => writeAtomically(path, bytes, { mode, uid, gid }));
    }
  }
}

async function remove(path: string): Promise<void> {
  const there = await lookAt(path);
  if (there.type === "file") {
    throw refusedFile(
      `${path} was a link of keyturn's and is somebody else's file now`,
      "Nothing stood there before this run: look at the file, and remove it if it is not wanted.",
    );
  }
  await removeDurably(path);
}

async function isFile(path: string): Promise<boolean> {
  return (await lookAt(path)).type === "file";
}

function lostContent(path: string): RotationError {
  return new RotationError("internal", {
    kind: "invariant",
    message: `the baseline of ${path} names content that it does not have`,
  });
}
