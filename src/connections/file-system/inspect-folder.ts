/** A folder that keyturn writes in, looked at without writing. */
import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { failed, inferred, proved, type CheckName, type Finding } from "../../domain/check.ts";

export interface FolderWants {
  /** The check that tells of the folder itself; writing counts to it when it has no check of its own. */
  readonly check: CheckName;
  readonly writable: CheckName;
  /** Nobody else may even look into it. */
  readonly isPrivate: boolean;
  /** keyturn makes it when it is not there. */
  readonly isMade: boolean;
  readonly neededBytes: number;
}

const [GROUP_WRITES, OTHERS_WRITE, STICKY, ANY_OTHER] = [0o020, 0o002, 0o1000, 0o077];

export async function inspectFolder(path: string, wants: FolderWants): Promise<readonly Finding[]> {
  const found = await stat(path).catch((thrown: unknown) => codeOf(thrown));
  if (found === "ENOENT" && wants.isMade)
    return [inferred(wants.check, `${path} is not there yet; keyturn makes it when it first needs it`)];
  if (typeof found === "string" || !found.isDirectory()) {
    const why = typeof found === "string" ? `cannot be looked at (${found})` : "is not a folder";
    return [failed(wants.check, `${path} ${why}`, hintFor(found, path))];
  }
  return [
    judgeAccess(path, found, wants),
    await inspectWritable(path, wants.writable),
    await inspectSpace(path, wants.neededBytes),
  ];
}

function hintFor(found: unknown, path: string): string {
  if (found === "ENOENT") return `Create it: \`mkdir -p ${path}\`, for the user that keyturn runs as.`;
  if (found === "EACCES")
    return "Give the user that keyturn runs as search permission on every folder above.";
  return "Correct the path in the configuration.";
}

function judgeAccess(
  path: string,
  { mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number },
  { check, isPrivate }: FolderWants,
): Finding {
  const told = `${path} has mode ${octal(mode)} and belongs to ${uid}:${gid}`;
  const isOpen = isPrivate
    ? (mode & (GROUP_WRITES | OTHERS_WRITE)) !== 0
    : (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
  if (isOpen) {
    const wanted = isPrivate ? "0700" : "o-w";
    return failed(check, `${told}: others could swap the files in it`, `Run \`chmod ${wanted} ${path}\`.`);
  }
  if (isPrivate && (mode & ANY_OTHER) !== 0)
    return inferred(check, `${told}: others may see the names of files`, `Run \`chmod 0700 ${path}\`.`);
  const mayWrite = [0, process.geteuid?.()];
  if (!mayWrite.includes(uid)) return inferred(check, `${told}: that user, too, can swap the files in it`);
  return proved(check, told);
}

/** As access(2) answers: mode, access lists, capabilities and a file system that is read-only included. */
async function inspectWritable(path: string, check: CheckName): Promise<Finding> {
  const refused = await access(path, constants.W_OK | constants.X_OK).then(
    () => null,
    (thrown: unknown) => codeOf(thrown),
  );
  if (refused === null) return proved(check, `keyturn may create files in ${path}`);
  const hint =
    refused === "EROFS"
      ? `The file system is read-only; with systemd, add ${path} to ReadWritePaths.`
      : `Give the user that keyturn runs as (${process.geteuid?.() ?? "?"}) write and search permission on ${path}.`;
  return failed(check, `keyturn may not create files in ${path} (${refused})`, hint);
}

async function inspectSpace(path: string, neededBytes: number): Promise<Finding> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  const free = bavail * bsize;
  // Some file systems do not count their files, and say 0 of 0.
  if (free >= neededBytes && (files === 0 || ffree > 0))
    return proved("space", `${mebibytes(free)} free at ${path}`);
  const short =
    free < neededBytes ? `${mebibytes(free)} free, ${mebibytes(neededBytes)} needed` : "no inodes left";
  return failed("space", `${path}: ${short}`, "Make room on that file system.");
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0)} MiB`;
}

export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : "unknown error";
}
