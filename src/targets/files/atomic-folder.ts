/** Folders that are there with everything in them, or not at all, also after a kill or a power cut. */
import { chmod, mkdir, open, rename, rm, symlink } from "node:fs/promises";
import { constants } from "node:fs";
import { dirname, join } from "node:path";
import { syncFolder, tempPath, writeNew, type Access } from "../../connections/file-system/atomic-file.ts";
import { fileFailure } from "../../connections/file-system/file-failure.ts";

export type Member =
  | { readonly name: string; readonly bytes: Buffer; readonly access: Access }
  | { readonly name: string; readonly target: string };

/** Its files have modes of their own: whoever may read one must get there. */
const FOLDER_MODE = 0o755;

/** Nothing may stand at `path`. A failure before the last step leaves nothing behind. */
export async function writeFolder(path: string, members: readonly Member[]): Promise<void> {
  const temp = tempPath(path);
  try {
    await rm(temp, { recursive: true, force: true });
    await mkdir(temp, { mode: 0o700 });
    for (const member of members) {
      const at = join(temp, member.name);
      if ("bytes" in member) await writeNew(at, member.bytes, member.access);
      else await symlink(member.target, at);
    }
    await chmod(temp, FOLDER_MODE);
    await syncMembers(temp);
    await rename(temp, path);
  } catch (thrown) {
    await rm(temp, { recursive: true, force: true }).catch(() => undefined);
    throw fileFailure(`write the folder ${path}`, thrown);
  }
  await syncFolder(dirname(path));
}

/** The folder and what a killed attempt at writing it left; resolves when nothing is there. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(tempPath(path), { recursive: true, force: true });
    await rm(path, { recursive: true, force: true });
  } catch (thrown) {
    throw fileFailure(`remove the folder ${path}`, thrown);
  }
  await syncFolder(dirname(path));
}

async function syncMembers(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
