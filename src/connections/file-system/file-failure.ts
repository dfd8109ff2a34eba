/** What went wrong with a file, as a `RotationError`. */
import { RotationError, type ErrorKind } from "../../domain/errors.ts";

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: "Create the folder, or correct the target's path.",
  ENOTDIR: "A part of the target's path is a file; correct the path.",
  EACCES: "Give the user that keyturn runs as write and search permission on the folder.",
  EPERM: "Run keyturn with the capabilities CHOWN and FOWNER, or leave out the target's owner.",
  EROFS: "The file system is read-only; with systemd, add the folder to ReadWritePaths.",
  EISDIR: "A folder stands where the file should be; move it away.",
  ENOTEMPTY: "A folder stands where the file should be; move it away.",
  ELOOP: "The path leads in circles, or through a link where a file is expected.",
  ENAMETOOLONG: "Shorten the file's name: a version adds _v<N>.<run>.<attempt> to it.",
  EINVAL: "The file system does not take this owner or mode.",
};

const NO_ROOM = new Set(["ENOSPC", "EDQUOT"]);

/** `landed`: the change may have been made already, so it counts as unknown whatever went wrong. */
export function fileFailure(what: string, thrown: unknown, landed = false): RotationError {
  if (thrown instanceof RotationError) return thrown;
  const code = codeOf(thrown) ?? "unknown error";
  const message = `could not ${what} (${code})`;
  if (NO_ROOM.has(code)) {
    const hint = "Make room on the file system; nothing half-written was left behind.";
    return new RotationError("disk-full", { kind: landed ? "outcome-unknown" : "transient", message, hint });
  }
  const hint = HINTS[code];
  const kind: ErrorKind = landed ? "outcome-unknown" : hint === undefined ? "transient" : "rejected";
  return new RotationError("file-refused", {
    kind,
    message,
    hint: hint ?? "Look at the kernel's log: the file system reports a fault.",
  });
}

export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : undefined;
}

export function refusedFile(message: string, hint: string): RotationError {
  return new RotationError("file-refused", { kind: "rejected", message, hint });
}

export function cancelled(what: string, kind: ErrorKind): RotationError {
  return new RotationError("aborted", { kind, message: `${what} was cancelled` });
}
