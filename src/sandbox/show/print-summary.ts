import { formatDuration } from "../../domain/time.ts";
import type { Problems } from "./checks.ts";
import type { RunEnded } from "./keyturn.ts";
import { label, type StepTime } from "./narrator.ts";
import type { Tally } from "./rotate-for-ever.ts";
import type { Show } from "./show.ts";

export interface Ending {
  readonly problems: Problems;
  /** Of a show without end; null for one rotation. */
  readonly tally: Tally | null;
  readonly interrupted: boolean;
}

/** After the application has ended, so that nothing is counted twice or not at all. */
export function printSummary(show: Show, { problems, tally, interrupted }: Ending): void {
  const { screen, world } = show;
  const { tried, failed } = world.application.counts;
  const seen = world.signInsSeen();
  const row = (name: string, text: string): void => screen.print(`  ${name.padEnd(11)}${text}`);
  screen.print();
  screen.print(screen.paint("Summary", "bold"));
  if (tally === null) {
    row("result", resultText(show.lastEnd));
    row("steps", stepsText(show.narrator.steps));
  } else
    row(
      "rotations",
      Object.entries(tally)
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join(", "),
    );
  row("time", formatDuration(show.elapsedMs));
  row("sign-ins", `tried ${tried}, failed ${failed} (counted by the application)`);
  row("", `accepted ${seen.accepted}, refused ${seen.refused} (counted by the stand-in)`);
  row("", `${seen.interrupted} more throttled or failed on purpose, and tried again`);
  const { visits } = world.visitors;
  row("visits", `tried ${visits.tried}, failed ${visits.failed} (TLS handshakes with its page)`);
  const { marked, madeByHand } = world.live();
  row("at Entra", `${marked.length} of keyturn's alive, ${madeByHand} made by hand and never touched`);
  for (const problem of problems) row("wrong", screen.paint(problem, "red"));
  if (problems.length > 0) return;
  if (interrupted) screen.print(screen.paint("  Stopped.", "yellow"));
  else screen.print(screen.paint("  Everything ended as it should.", "green"));
}

function resultText(end: RunEnded | null): string {
  if (end === null) return "keyturn told none";
  const { outcome, version } = end;
  if (outcome === "rotated") return `v${version} is in use`;
  return outcome === "rolled-back" ? `undone: v${version} is in use as before` : outcome;
}

function stepsText(steps: readonly StepTime[]): string {
  const told = steps.map((step) => {
    const { state, startedAt, endedAt } = step;
    const word = state === "done" || state === "undone" ? "" : ` ${state === "running" ? "cut off" : state}`;
    return `${label(step)}${word} ${formatDuration(endedAt - startedAt)}`;
  });
  return told.length === 0 ? "none" : told.join(", ");
}
