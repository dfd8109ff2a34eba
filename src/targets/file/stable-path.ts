/** What stands at a stable path, how it is told in a baseline, and how it comes back. */
import { basename, dirname, join } from "node:path";
import {
  linkAtomically,
  lookAt,
  readWhole,
  removeDurably,
  writeAtomically,
} from "../../connections/file-system/atomic-file.ts";
import { copyName, copyRef } from "./copy.ts";
import { refusedFile } from "../../connections/file-system/file-failure.ts";
import type { Found, Place } from "./place.ts";
import { RotationError } from "../../domain/errors.ts";
import { SecretValue } from "../../domain/material.ts";
import type { Held } from "../../domain/ports.ts";
import type { SecretName, VersionRef } from "../../domain/version.ts";

/** Content found before us is sealed in the journal, which is no place for large files. */
const LARGEST_FOUND = 1024 * 1024;

/** `copy` is a link to a version of ours; the content of a `file` is sealed apart. */
type PathRestore =
  | { readonly type: "absent" }
  | { readonly type: "copy"; readonly name: string }
  | { readonly type: "link"; readonly target: string }
  | { readonly type: "file"; readonly mode: number; readonly uid: number; readonly gid: number };

/** A relative symlink that is switched from version to version. */
export function stablePath(path: string): Place {
  const copyOf = (ref: VersionRef): string => copyName(basename(path), ref);
  return {
    name: path,
    consumer: `file:${path}`,
    find: (secret) => findAt(path, secret),
    assertDelivered: (ref) => assertDelivered(path, copyOf(ref)),
    switchTo: (ref) => linkAtomically(path, copyOf(ref)),
    leadsTo: (ref) => linksTo(path, copyOf(ref)),
    // SAFETY of the cast: `restore` is what `find` put there.
    restore: (to, content) => restoreAt(path, to as PathRestore, content),
  };
}

async function findAt(path: string, secret: SecretName): Promise<Found> {
  const there = await lookAt(path);
  if (there.type === "absent")
    return { held: { kind: "absent" }, restore: { type: "absent" }, content: null, value: null };
  if (there.type === "link") return foundLink(path, secret, there.target);
  const { mode, uid, gid } = there;
  const bytes = await readWhole(path, LARGEST_FOUND);
  const content = SecretValue.fromBytes(bytes);
  bytes.fill(0);
  const held: Held = { kind: "foreign", description: `a file of ${there.size} bytes at ${path}` };
  return { held, restore: { type: "file", mode, uid, gid }, content, value: content };
}

async function foundLink(path: string, secret: SecretName, target: string): Promise<Found> {
  const ref = copyRef(basename(path), secret, target);
  if (ref !== null && (await isFile(join(dirname(path), target)))) {
    return {
      held: { kind: "version", ref },
      restore: { type: "copy", name: target },
      content: null,
      value: null,
    };
  }
  const held: Held = { kind: "foreign", description: `a link from ${path} to ${target}` };
  return { held, restore: { type: "link", target }, content: null, value: null };
}

/** Whether `path` links to the copy, and its file is there. */
async function linksTo(path: string, name: string): Promise<boolean> {
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

async function restoreAt(path: string, restore: PathRestore, content: SecretValue | null): Promise<void> {
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
    default:
      throw otherKind(path);
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

/** To resolve here would be to say that something is back which is not. */
function otherKind(name: string): RotationError {
  return new RotationError("secret-unconfigured", {
    kind: "rejected",
    message: `the configuration no longer has the target of ${name}`,
    hint: "Put the target back into the configuration.",
  });
}

function lostContent(path: string): RotationError {
  return new RotationError("internal", {
    kind: "invariant",
    message: `the baseline of ${path} names content that it does not have`,
  });
}
