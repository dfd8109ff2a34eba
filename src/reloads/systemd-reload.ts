/**
 * `systemctl reload` or `systemctl restart` of a unit of the system's manager. Needs to be root, or a polkit rule that lets
 * keyturn's user manage the unit (action org.freedesktop.systemd1.manage-units).
 */
import { z } from "zod";
import { commandFailure } from "./command-failure.ts";
import { runCommand, type CommandEnd, type CommandSurroundings } from "../connections/process/run-command.ts";
import { durationSchema } from "../connections/schema.ts";
import { inspectUnit } from "./systemd-reload/inspect-unit.ts";
import { RotationError } from "../domain/errors.ts";
import type { Reload, ReloadKind } from "../domain/ports.ts";
import { SECOND_MS } from "../domain/time.ts";

/** systemctl(1), exit status: 3 is a unit that is not active, 4 one that there is not. */
const NOT_ACTIVE = new Set([3, 4]);
const LOOK_MS = 10 * SECOND_MS;

const systemdReloadSchema = z.strictObject({
  kind: z.literal("systemd-reload"),
  /** systemd.unit(5): the name with its type. No pattern, which would mean many units. */
  unit: z
    .string()
    .max(255)
    .regex(
      /^[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\@-]*\.(service|socket|target|timer|path|scope|slice|mount|automount|swap)$/,
      "must be a unit's name with its type, such as nginx.service",
    ),
  /** `reload` keeps the process; `restart` is for what reads its files, or its environment, only when it starts. */
  action: z.enum(["reload", "restart", "reload-or-restart"]).default("reload"),
  timeout: durationSchema.prefault("90s"),
});

type SystemdReloadConfig = z.infer<typeof systemdReloadSchema>;

export const systemdReload: ReloadKind<SystemdReloadConfig> = {
  kind: "systemd-reload",
  schema: systemdReloadSchema,
  async connect({ unit, action, timeout }, { clock, env }) {
    const around = { clock, env };
    return {
      id: `systemd-reload:${action}:${unit}`,
      async reload(signal) {
        await assertActive(unit, around, signal);
        const end = await systemctl([action, unit], timeout, around, signal);
        if (!isSuccess(end)) throw commandFailure(`systemctl ${action} ${unit}`, timeout, end);
      },
      inspect: (_around, signal) => inspectUnit(unit, action, env, signal),
    } satisfies Reload;
  },
};

/** A restart would start a unit that somebody has stopped; it will read its files when it is started. */
async function assertActive(unit: string, around: CommandSurroundings, signal: AbortSignal): Promise<void> {
  const end = await systemctl(["is-active", "--quiet", unit], LOOK_MS, around, signal);
  if (isSuccess(end)) return;
  if (end.how !== "exited" || !NOT_ACTIVE.has(end.code)) {
    throw commandFailure(`systemctl is-active ${unit}`, LOOK_MS, end);
  }
  throw new RotationError("process-not-running", {
    kind: "rejected",
    message: `the unit ${unit} is not active`,
    hint: `Start it, or correct the reload: see systemctl status ${unit}.`,
  });
}

function systemctl(
  args: readonly string[],
  timeoutMs: number,
  around: CommandSurroundings,
  signal: AbortSignal,
): Promise<CommandEnd> {
  return runCommand(
    { argv: ["systemctl", "--system", "--no-ask-password", ...args], timeoutMs },
    around,
    signal,
  );
}

function isSuccess(end: CommandEnd): boolean {
  return end.how === "exited" && end.code === 0;
}
