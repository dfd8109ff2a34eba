/** Replaces the seal key's file, where keyturn may. */
import { accessSync, constants, fchmodSync, fchownSync, readFileSync } from "node:fs";
import { realpathSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { removeLeftover, syncFile, syncFolder, writeDurably } from "./durable-file.ts";
import type { SealKey } from "./seal-key.ts";

/** Why keyturn cannot put another key in the file's place, to follow its path in a sentence; `null` when it can. */
export function whyNotReplaceable(path: string, credentialsDirectory?: string): string | null {
  const real = realpathSync(path);
  if (credentialsDirectory !== undefined && dirname(resolve(path)) === resolve(credentialsDirectory))
    return "is handed to this service by systemd";
  if (isMountPoint(real)) return "is mounted there from outside, as a container's secret is";
  try {
    accessSync(dirname(real), constants.W_OK);
    return null;
  } catch (thrown) {
    return `stands in a folder that cannot be written (${codeOf(thrown)})`;
  }
}

/** Puts `key` in the file's place in one step, with the owner and the mode that it had. A link stays and leads there. */
export function replaceSealKey(path: string, key: SealKey): void {
  const real = realpathSync(path);
  const { uid, gid, mode } = statSync(real);
  writeDurably(real, (_temp, descriptor) => {
    const text = key.use((bytes) => Buffer.from(`${bytes.toString("base64")}\n`));
    writeFileSync(descriptor, text);
    text.fill(0);
    if (uid !== process.geteuid?.() || gid !== process.getegid?.()) fchownSync(descriptor, uid, gid);
    fchmodSync(descriptor, mode & 0o600);
  });
}

/** Makes sure that the file as it is now survives a power cut, and that nothing is left beside it. */
export function settleSealKeyFile(path: string): void {
  const real = realpathSync(path);
  removeLeftover(real);
  syncFile(real);
  syncFolder(dirname(real));
}

/** A rename cannot replace what something is mounted on (rename(2), EBUSY). */
function isMountPoint(path: string): boolean {
  try {
    // proc(5): the fifth field is the mount point, with blanks and the like written in octal.
    const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    return lines.some((line) => unescapeOctal(line.split(" ")[4] ?? "") === path);
  } catch {
    return false;
  }
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown fault";
}
