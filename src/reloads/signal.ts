/** Sends a signal to the process whose number stands in a pid file. Needs to be root or that process's user (kill(2)). */
import { z } from "zod";
import { signalNameSchema, type SignalName } from "./signal-name.ts";
import { assertSameProcess, notRunning, readPid } from "../connections/process/pid-file.ts";
import { expandPath, pathSchema } from "../connections/schema.ts";
import { looked, proved, type Finding } from "../domain/check.ts";
import { RotationError } from "../domain/errors.ts";
import type { Reload, ReloadKind } from "../domain/ports.ts";
import type { Instant } from "../domain/time.ts";

const signalSchema = z.strictObject({
  kind: z.literal("signal"),
  pidFile: pathSchema,
  signal: signalNameSchema.default("SIGHUP"),
});

type SignalConfig = z.infer<typeof signalSchema>;

export const signal: ReloadKind<SignalConfig> = {
  kind: "signal",
  schema: signalSchema,
  async connect(config, { clock, env }) {
    const pidFile = expandPath(config.pidFile, env);
    return {
      id: `signal:${config.signal}:${pidFile}`,
      async reload(abort) {
        const pid = await readPid(pidFile);
        await assertSameProcess(pid, pidFile, clock.now());
        if (abort.aborted)
          throw new RotationError("aborted", { kind: "transient", message: "the reload was cancelled" });
        send(pid, config.signal, pidFile);
      },
      inspect: () => inspectProcess(pidFile, config.signal, clock.now()),
    } satisfies Reload;
  },
};

/** Signal 0 asks whether a signal could be sent, and sends none (kill(2)). */
async function inspectProcess(pidFile: string, name: SignalName, now: Instant): Promise<readonly Finding[]> {
  return looked("process", async () => {
    const pid = await readPid(pidFile);
    await assertSameProcess(pid, pidFile, now);
    const there = proved("process", `${pidFile} names process ${pid}, which runs and is older than the file`);
    const may = await looked("may-signal", async () => {
      send(pid, 0, pidFile);
      return [proved("may-signal", `keyturn may send ${name} to process ${pid}`)];
    });
    return [there, ...may];
  });
}

function send(pid: number, name: SignalName | 0, pidFile: string): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "unknown error";
    if (code === "ESRCH") throw notRunning(pidFile, `there is no process ${pid}`);
    throw new RotationError("reload-failed", {
      kind: "rejected",
      message: `could not send ${name === 0 ? "a signal" : name} to process ${pid} (${code})`,
      hint: "Run keyturn as root or as the process's user, or give it the capability KILL.",
    });
  }
}
