/** The story of a bad day: the application is stopped in the middle of its work, and what it knew is worth nothing. */
import type { Problems } from "./checks.ts";
import { takeOver } from "./scenarios.ts";
import type { Show } from "./show.ts";

export async function lockDown(show: Show): Promise<Problems> {
  const problems = await takeOver(show);
  if (problems.length > 0 || show.isStopping()) return problems;
  show.say("", "then somebody finds the secret in a public place", "cyan");
  const { application } = show.world;
  const before = new Set(show.world.live().marked);
  let heldAt = NaN;
  const reason = "the secret was found in a public place";
  const finished = await show.keyturn(["lockdown", "start", "demo", "--reason", reason], (told) => {
    // By then what it still said before it was stopped has arrived.
    if (told.type !== "phase" || told.phase !== "preserve" || told.state !== "done") return;
    heldAt = application.counts.tried;
    show.say("application", `is stopped after ${heldAt} sign-ins, and does nothing more`, "yellow");
  });
  const ended = finished.told.find((each) => each.type === "lockdown");
  // A lockdown tells no end of its runs.
  if (ended?.outcome === "complete" && show.lastEnd !== null) show.lastEnd = { ...show.lastEnd, version: 2 };
  return [
    ...(finished.exitCode === 0 ? [] : [`keyturn's exit code is ${finished.exitCode}, expected 0`]),
    ...(ended?.outcome === "complete" ? [] : [`the lockdown is ${ended?.outcome ?? "without an end"}`]),
    ...checkLocked(show, before, heldAt),
  ];
}

function checkLocked(show: Show, before: ReadonlySet<string>, heldAt: number): Problems {
  const { counts, running } = show.world.application;
  const { marked } = show.world.live();
  const problems: string[] = [];
  if (counts.tried !== heldAt) problems.push(`the application signed in ${counts.tried - heldAt} times more`);
  if (running) problems.push("the application still runs");
  if (marked.length !== 1 || marked.some((each) => before.has(each)))
    problems.push("Entra does not hold the new secret alone");
  show.say("", `Entra holds ${marked.length} secret of keyturn's, a new one; the old one is revoked`, "cyan");
  return problems;
}
