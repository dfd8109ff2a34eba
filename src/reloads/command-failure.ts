import type { CommandEnd } from "../connections/process/run-command.ts";
import { RotationError, type ErrorKind } from "../domain/errors.ts";

/** Of a program that should have made a process read its files again; `end` is no exit with 0. */
export function commandFailure(program: string, timeoutMs: number, end: CommandEnd): RotationError {
  switch (end.how) {
    case "exited":
      return failed(`${program} ended with exit code ${end.code}`, "Run it by hand to see what it says.");
    case "killed":
      return failed(
        `${program} was killed by ${end.by}`,
        "Look who killed it: the kernel's log tells of memory.",
      );
    case "timed-out":
      return failed(
        `${program} was killed after ${timeoutMs / 1000} s`,
        "Raise the reload's timeout, or see what it waits for.",
        "outcome-unknown",
      );
    case "aborted":
      return new RotationError("aborted", {
        kind: "outcome-unknown",
        message: `${program} was cancelled and killed`,
      });
    case "not-started":
      return failed(
        `${program} could not be started (${end.code})`,
        "Check that the program is there, may be executed, and is on the PATH.",
      );
  }
}

function failed(message: string, hint: string, kind: ErrorKind = "rejected"): RotationError {
  return new RotationError("reload-failed", { kind, message, hint });
}
