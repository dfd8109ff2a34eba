/** `npm start` without options: one rotation after the other until Ctrl-C. */
import { systemClock } from "../../domain/system-clock.ts";
import { formatDuration } from "../../domain/time.ts";
import { runEnded } from "./keyturn.ts";
import { Narrator } from "./narrator.ts";
import type { Show } from "./show.ts";
import { SECRET } from "./write-config.ts";

const PAUSE_MS = 3_000;

export interface Tally {
  readonly rotated: number;
  readonly undone: number;
}

export async function rotateForEver(show: Show): Promise<Tally> {
  const tally = { rotated: 0, undone: 0 };
  show.say("", "rotating again and again; Ctrl-C ends it", "cyan");
  while (!show.stop.aborted) {
    show.narrator = new Narrator(show.screen);
    const finished = await show.keyturn(["rotate", "--now", SECRET]);
    if (show.stop.aborted) break;
    const ended = runEnded(finished);
    if (ended?.outcome === "rotated") tally.rotated += 1;
    else tally.undone += 1;
    const { tried, failed } = show.world.application.counts;
    show.say(
      "application",
      `signed in ${tried} times so far, failed ${failed}; that rotation took ${formatDuration(finished.tookMs)}`,
    );
    const overlapMs = ended?.retireAt == null ? 0 : Date.parse(ended.retireAt) - systemClock.now();
    await show.wait(
      Math.max(overlapMs, 0) + PAUSE_MS,
      "until the overlap is over and the next rotation begins",
    );
  }
  return tally;
}
