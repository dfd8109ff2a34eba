/**
 * Passes when a program ends with exit 0. It learns the secret's name and version from KEYTURN_SECRET and
 * KEYTURN_VERSION, and never the value.
 */
import { z } from "zod";
import { poll, type Look } from "./poll.ts";
import { inspectProgram } from "../connections/process/find-program.ts";
import { runCommand, type CommandEnd } from "../connections/process/run-command.ts";
import { durationSchema } from "../connections/schema.ts";
import { notCheckable } from "../domain/check.ts";
import { RotationError } from "../domain/errors.ts";
import type { Probe, ProbeKind } from "../domain/ports.ts";

const commandSchema = z.strictObject({
  kind: z.literal("command"),
  /** Program and arguments; no shell reads them. */
  command: z.tuple([z.string().min(1)], z.string()),
  within: durationSchema.prefault("60s"),
  every: durationSchema.prefault("1s"),
});

type CommandConfig = z.infer<typeof commandSchema>;

export const command: ProbeKind<CommandConfig> = {
  kind: "command",
  schema: commandSchema,
  async connect({ command: argv, within, every }, context) {
    const subject = argv.join(" ");
    return {
      id: `command:${subject}`,
      probe: (version, signal) => {
        const about = { KEYTURN_SECRET: version.secret, KEYTURN_VERSION: String(version.version) };
        const look = async (stop: AbortSignal): Promise<Look<"probed">> =>
          lookFrom(await runCommand({ argv, timeoutMs: within, env: about }, context, stop), argv[0]);
        return poll(
          { subject, withinMs: within, everyMs: every, lookMs: within, look },
          context.clock,
          signal,
        );
      },
      async inspect() {
        const program = await inspectProgram(argv[0], context.env);
        return [program, notCheckable("answer", "a probe's program is not run: it may do anything")];
      },
    } satisfies Probe;
  },
};

function lookFrom(end: CommandEnd, program: string): Look<"probed"> {
  switch (end.how) {
    case "exited":
      return end.code === 0 ? { passed: "probed" } : { seen: `exit code ${end.code}` };
    case "killed":
      return { seen: `killed by ${end.by}` };
    case "timed-out":
    case "aborted":
      return { seen: "it ran for too long and was killed" };
    case "not-started":
      throw new RotationError("probe-failed", {
        kind: "rejected",
        message: `the probe ${program} could not be started (${end.code})`,
        hint: "Check that the program is there, may be executed, and is on the PATH.",
      });
  }
}
