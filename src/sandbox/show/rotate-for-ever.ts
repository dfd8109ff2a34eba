/** `npm start` without options: one rotation after the other until Ctrl-C. */
import { systemClock } from "../../domain/system-clock.ts";
import { formatDuration } from "../../domain/time.ts";
import type { Problems } from "./checks.ts";
import { renewAndDeploy, takeOverCertificate } from "./certificate.ts";
import { runEnded, type RunEnded } from "./keyturn.ts";
import { Narrator } from "./narrator.ts";
import type { Show } from "./show.ts";
import { SECRET } from "./write-config.ts";

const PAUSE_MS = 1_000;

/** How many runs ended how. */
export type Tally = Readonly<Partial<Record<RunEnded["outcome"], number>>>;

/** A rotation that is undone is no problem: the next one follows. */
export async function rotateForEver(show: Show): Promise<{ problems: Problems; tally: Tally }> {
  const tally: Partial<Record<RunEnded["outcome"], number>> = {};
  show.say("", "rotating again and again; Ctrl-C ends it", "cyan");
  const taken = await takeOverCertificate(show);
  if (taken.length > 0 && !show.isStopping()) return { problems: taken, tally };
  while (!show.isStopping()) {
    show.narrator = new Narrator(show.screen);
    const finished = await show.keyturn(["rotate", "--now", SECRET]);
    const end = runEnded(finished, SECRET);
    if (end === undefined) return { problems: [`keyturn rotated nothing: ${finished.stderr.trim()}`], tally };
    tally[end.outcome] = (tally[end.outcome] ?? 0) + 1;
    const { tried, failed } = show.world.application.counts;
    const took = formatDuration(finished.tookMs);
    show.say("application", `${tried} sign-ins so far, ${failed} failed; that rotation took ${took}`);
    const wrong = await renewAndDeploy(show);
    if (wrong.length > 0) return { problems: wrong, tally };
    if (end.retireAt !== null) {
      const overlapMs = Math.max(0, Date.parse(end.retireAt) - systemClock.now());
      await show.wait(overlapMs + PAUSE_MS, "until the overlap is over");
    }
    // What a timer does: the previous version goes, and strays that a lost answer left.
    if (!show.isStopping()) await show.keyturn(["recover"]);
    await show.wait(PAUSE_MS, "until the next rotation begins");
  }
  return { problems: [], tally };
}
