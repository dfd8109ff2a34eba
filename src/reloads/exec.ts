/** Runs a program that makes the consumer read its files again, such as `systemctl reload nginx`. Exit 0 is success. */
import { z } from "zod";
import { commandFailure } from "./command-failure.ts";
import { inspectProgram } from "../connections/process/find-program.ts";
import { runCommand } from "../connections/process/run-command.ts";
import { durationSchema } from "../connections/schema.ts";
import { notCheckable } from "../domain/check.ts";
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
        if (end.how !== "exited" || end.code !== 0) throw commandFailure(command[0], timeout, end);
      },
      async inspect() {
        const program = await inspectProgram(command[0], env);
        return [program, notCheckable("effect", "a reload's program is not run to see what it does")];
      },
    } satisfies Reload;
  },
};

/** Keeps `["a b"]` and `["a", "b"]` apart. */
function quoted(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : JSON.stringify(argument);
}
