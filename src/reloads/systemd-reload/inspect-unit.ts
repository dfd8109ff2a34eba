/** What systemd's manager says of a unit (systemctl(1), `show`); nothing is asked of the unit itself. */
import { readCommand } from "../../connections/process/read-command.ts";
import { failed, inferred, notCheckable, proved, type Finding } from "../../domain/check.ts";
import type { Environment } from "../../domain/expand-path.ts";

type Action = "reload" | "restart" | "reload-or-restart";

const PROPERTIES = "LoadState,ActiveState,CanReload";

export async function inspectUnit(
  unit: string,
  action: Action,
  env: Environment,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const argv = ["systemctl", "--system", "show", `--property=${PROPERTIES}`, "--", unit] as const;
  const said = await readCommand(argv, { env }, signal);
  if (said === null) {
    const hint = "Run keyturn on the host whose systemd manages the unit, and install systemctl there.";
    return [notCheckable("unit", "systemctl does not answer here", hint)];
  }
  const state = Object.fromEntries(
    said
      .trim()
      .split("\n")
      .map((line) => line.split("=", 2)),
  ) as Readonly<Record<string, string | undefined>>;
  return [judge(unit, action, state), mayManage(unit)];
}

function judge(unit: string, action: Action, state: Readonly<Record<string, string | undefined>>): Finding {
  const { LoadState: load, ActiveState: active, CanReload: canReload } = state;
  if (load !== "loaded") {
    const hint = `Check the unit's name against \`systemctl list-units\`, and run \`systemctl daemon-reload\`.`;
    return failed("unit", `systemd has not loaded ${unit} (${word(load)})`, hint);
  }
  if (active !== "active" && active !== "reloading")
    return failed("unit", `${unit} is not active (${word(active)})`, `See \`systemctl status ${unit}\`.`);
  if (action === "reload" && canReload !== "yes") {
    const hint = "Give the unit an ExecReload=, or set the reload's action to restart.";
    return failed("unit", `${unit} is active and cannot be reloaded`, hint);
  }
  return proved("unit", `${unit} is loaded and active, and takes a ${action}`);
}

function mayManage(unit: string): Finding {
  if (process.geteuid?.() === 0)
    return inferred("may-manage", "keyturn runs as root, which may manage units");
  return notCheckable(
    "may-manage",
    `whether polkit lets keyturn's user manage ${unit} shows only when it does`,
    "Allow the action org.freedesktop.systemd1.manage-units for that unit and user in a polkit rule.",
  );
}

/** systemd's words have this form; nothing else is repeated. */
function word(text: string | undefined): string {
  return text !== undefined && /^[a-z-]{1,20}$/.test(text) ? text : "unknown";
}
