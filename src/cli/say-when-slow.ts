import { systemClock } from "../domain/system-clock.ts";
import type { Terminal } from "./output/terminal.ts";

const SLOW_MS = 3_000;

/** Before anything is begun everything is read, and a far side that is slow to answer must not look like a hang. */
export function sayWhenSlow(terminal: Terminal, heard: AbortSignal): void {
  systemClock.sleep(SLOW_MS, heard).then(
    () => {
      terminal.warn("Still waiting for an answer; nothing has been changed so far.");
    },
    () => undefined,
  );
}
