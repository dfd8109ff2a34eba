/** Whether a time service keeps the machine's clock, as systemd or chrony says. */
import { failed, notCheckable, proved, type Finding } from "../../domain/check.ts";
import type { CommandSurroundings } from "./run-command.ts";
import { readCommand } from "./read-command.ts";

/** timedatectl(1): it asks the kernel (adjtimex), so it is right whichever service does the work. */
const ASK_SYSTEMD = ["timedatectl", "show", "--property=NTPSynchronized", "--value"] as const;
/** chronyc(1): the fourteenth field is the leap status. */
const ASK_CHRONY = ["chronyc", "-n", "-c", "tracking"] as const;

export async function inspectClock(
  around: Pick<CommandSurroundings, "env">,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const said = (await readCommand(ASK_SYSTEMD, around, signal))?.trim();
  const isKept = said === "yes" || said === "no" ? said === "yes" : await chronySays(around, signal);
  if (isKept === null) {
    return [
      notCheckable(
        "clock-synchronised",
        "neither timedatectl nor chronyc answers here",
        "Make sure that a time service runs, on the host if this is a container.",
      ),
    ];
  }
  if (isKept) return [proved("clock-synchronised", "a time service keeps the clock")];
  return [
    failed(
      "clock-synchronised",
      "no time service keeps the clock: overlaps, expiry and sign-in depend on it",
      "Run `timedatectl set-ntp true`, or install and start chrony.",
    ),
  ];
}

async function chronySays(
  around: Pick<CommandSurroundings, "env">,
  signal: AbortSignal,
): Promise<boolean | null> {
  const leap = (await readCommand(ASK_CHRONY, around, signal))?.trim().split(",")[13];
  return leap === undefined ? null : leap !== "Not synchronised";
}
