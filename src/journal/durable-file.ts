/** Files of keyturn's own that must be there whole or not at all, also after a kill or a power cut. */
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Puts a file at `path` in one step, whatever stands there. `write` fills a file that is new, empty and 0600; it is named
 * by path and by descriptor. When anything fails before the switch, `path` is as it was and nothing is left beside it.
 */
export function writeDurably(path: string, write: (temp: string, descriptor: number) => void): void {
  const temp = tempPath(path);
  try {
    rmSync(temp, { force: true });
    writeSynced(temp, write);
    renameSync(temp, path);
  } catch (thrown) {
    removeIfPossible(temp);
    throw thrown;
  }
  syncFolder(dirname(path));
}

/** Removes what a killed `writeDurably` of this path left. */
export function removeLeftover(path: string): void {
  // On a read-only file system even removing nothing fails.
  if (lstatSync(tempPath(path), { throwIfNoEntry: false }) !== undefined) rmSync(tempPath(path));
}

/** Makes what was renamed or removed in the folder survive a power cut. */
export function syncFolder(folder: string): void {
  syncPath(folder, constants.O_RDONLY | constants.O_DIRECTORY);
}

export function syncFile(path: string): void {
  syncPath(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/** One name for each file, so that the next attempt clears what a killed one left. */
function tempPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.keyturn`);
}

/** O_EXCL: a link that somebody else put in the way is not followed. */
function writeSynced(temp: string, write: (temp: string, descriptor: number) => void): void {
  const descriptor = openSync(temp, "wx", 0o600);
  try {
    // Whatever the umask.
    fchmodSync(descriptor, 0o600);
    write(temp, descriptor);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncPath(path: string, flags: number): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What made the caller fail is what is told.
  }
}
