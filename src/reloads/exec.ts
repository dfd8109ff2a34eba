/** Runs a program that makes the consumer read its files again, such as `systemctl reload nginx`. Exit 0 is success. */
import { z } from "zod";
import { runCommand, type CommandEnd } from "../connections/process/run-command.ts";
import { durationSchema } from "../connections/schema.ts";
import { RotationError, type ErrorKind } from "../domain/errors.ts";
import type { Reload, ReloadKind } from "../domain/ports.ts";

const execSchema = z.strictObject({
  kind: z.literal("exec"),
  /** Program and arguments; no shell reads them. Never a secret: others can see them. */
  command: z.tuple([z.string().min(1)], z.string()),
  timeout: durationSchema.prefault("30s"),
});

type ExecConfig = z.infer<typeof execSchema>;

export const exec: ReloadKind<ExecConfig> = {
  kind: "exec",
  schema: execSchema,
  async connect({ command, timeout }, { clock, env }) {
    const id = `exec:${command.map(quoted).join(" ")}`;
    return {
      id,
      async reload(signal) {
        const end = await runCommand({ argv: command, timeoutMs: timeout }, { clock, env }, signal);
        if (end.how !== "exited" || end.code !== 0) throw failureOf(command[0], timeout, end);
      },
    } satisfies Reload;
  },
};

function failureOf(program: string, timeoutMs: number, end: CommandEnd): RotationError {
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

/** Keeps `["a b"]` and `["a", "b"]` apart. */
function quoted(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : JSON.stringify(argument);
}
