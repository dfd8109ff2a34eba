/**
 * Files that are there whole or not at all, also after a kill or a power cut. Links that somebody else put in the way
 * are never followed: new files are created with O_EXCL, and owner and mode are set through the open descriptor.
 */
import { constants } from "node:fs";
import { lstat, open, readlink, rename, symlink, unlink, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf, fileFailure, refusedFile } from "./file-failure.ts";

/** Owner and mode; `null` leaves the owner or the group as it comes. */
export interface Access {
  readonly mode: number;
  readonly uid: number | null;
  readonly gid: number | null;
}

export type Entry =
  | { readonly type: "absent" }
  | { readonly type: "link"; readonly target: string }
  | {
      readonly type: "file";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly size: number;
    };

/** What stands at `path` itself. Throws `file-refused` for a folder, a device or the like. */
export async function lookAt(path: string): Promise<Entry> {
  try {
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return { type: "link", target: await readlink(path) };
    if (stat.isFile()) {
      return { type: "file", mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid, size: stat.size };
    }
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return { type: "absent" };
    throw fileFailure(`look at ${path}`, thrown);
  }
  throw refusedFile(`${path} is neither a file nor a link`, "Move it away, or correct the target's path.");
}

/** The bytes of a regular file; `file-refused` when there are more than `limit`. The caller wipes them. */
export async function readWhole(path: string, limit: number): Promise<Buffer> {
  try {
    // O_NONBLOCK: opening a FIFO that was put there meanwhile would wait for ever.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return await readAtMost(handle, path, limit);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw fileFailure(`read ${path}`, thrown);
  }
}

async function readAtMost(handle: FileHandle, path: string, limit: number): Promise<Buffer> {
  if (!(await handle.stat()).isFile()) throw refusedFile(`${path} is not a regular file`, "Move it away.");
  const buffer = Buffer.alloc(limit + 1);
  let size = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, size, buffer.length - size);
    size += bytesRead;
    if (bytesRead === 0 || size > limit) break;
  }
  if (size <= limit) return buffer.subarray(0, size);
  buffer.fill(0);
  throw refusedFile(
    `${path} holds more than ${limit} bytes`,
    "That is no secret keyturn can keep; check the path.",
  );
}

/** Puts `bytes` at `path`, replacing a file or link there. A failure before the switch leaves nothing behind. */
export async function writeAtomically(path: string, bytes: Buffer, access: Access): Promise<void> {
  const temp = tempPath(path);
  try {
    await removeQuietly(temp);
    await writeNew(temp, bytes, access);
    await rename(temp, path);
  } catch (thrown) {
    await unlink(temp).catch(() => undefined);
    throw fileFailure(`write ${path}`, thrown);
  }
  await syncFolder(dirname(path));
}

/** Makes `path` a link to `target`, replacing a file or link there in one step. */
export async function linkAtomically(path: string, target: string): Promise<void> {
  const temp = tempPath(path);
  try {
    await removeQuietly(temp);
    await symlink(target, temp);
    await rename(temp, path);
  } catch (thrown) {
    await unlink(temp).catch(() => undefined);
    throw fileFailure(`make ${path} a link`, thrown);
  }
  await syncFolder(dirname(path));
}

/** Removes the file or link and what a killed attempt at writing it left; resolves when nothing is there. */
export async function removeDurably(path: string): Promise<void> {
  try {
    await removeQuietly(tempPath(path));
    await removeQuietly(path);
  } catch (thrown) {
    throw fileFailure(`remove ${path}`, thrown);
  }
  await syncFolder(dirname(path));
}

/** Always the same name for the same file, so that the next attempt clears what a killed one left. One worker writes at a time. */
export function tempPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.keyturn`);
}

/** The file must not be there; nobody but us can read it before owner and mode are set. Throws the system's errors. */
export async function writeNew(path: string, bytes: Buffer, access: Access): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600);
  try {
    await handle.writeFile(bytes);
    await setAccess(handle, access);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The owner first: until the mode is set nobody but the owner may read. */
async function setAccess(handle: FileHandle, { mode, uid, gid }: Access): Promise<void> {
  const now = await handle.stat();
  const wanted = { uid: uid ?? now.uid, gid: gid ?? now.gid };
  if (wanted.uid !== now.uid || wanted.gid !== now.gid) await handle.chown(wanted.uid, wanted.gid);
  await handle.chmod(mode);
}

async function removeQuietly(path: string): Promise<void> {
  await unlink(path).catch((thrown: unknown) => {
    if (codeOf(thrown) !== "ENOENT") throw thrown;
  });
}

/** A rename is durable only when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    // A copy in a folder that is gone is gone with it.
    throw fileFailure(`sync the folder ${folder}`, thrown, codeOf(thrown) !== "ENOENT");
  }
}
