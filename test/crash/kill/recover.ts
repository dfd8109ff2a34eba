/** `keyturn recover` as a timer would run it, with the time between two runs passing in a moment. */
import { toldBy, type Finished } from "../../e2e/world/start-keyturn.ts";
import { SECRET, type World } from "../../e2e/world/world.ts";
import { openJournalReadOnly } from "../../../src/journal/journal-reader.ts";
import { readJournal } from "./judge.ts";

/** 5 looks at least 15 s apart, the first after 60 s; some of them fail, and some find something. */
const MOST_RUNS = 40;

export async function recover(
  world: World,
): Promise<{ readonly sweeping: number; readonly nextAt: number | null }> {
  const finished = await world.keyturn("recover", "--json");
  const last = toldBy(finished).at(-1);
  // 1: what a crash left was undone.
  if ((finished.code !== 0 && finished.code !== 1) || last?.type !== "recovered") throw unexpected(finished);
  return { sweeping: last.sweeping ?? 0, nextAt: last.nextAt == null ? null : Date.parse(last.nextAt) };
}

/** Until the sweep list is empty and nothing waits for the end of an overlap. Gives how many runs it took. */
export async function recoverUntilQuiet(world: World): Promise<number> {
  for (let runs = 1; runs <= MOST_RUNS; runs += 1) {
    const { sweeping, nextAt } = await recover(world);
    const { secret } = await readJournal(world);
    if (sweeping === 0 && secret?.previous == null) return runs;
    const since = newestSweep(world);
    const until = [nextAt ?? 0, secret?.retireAt ?? 0, since === null ? 0 : since + 61_000];
    world.advance(Math.max(1_000, Math.max(...until) - world.clock.now() + 1_000));
  }
  throw new Error(`${SECRET} is not quiet after ${MOST_RUNS} runs of recover`);
}

/** A look counts from a minute after the attempt; until then every run would be one more for nothing. */
function newestSweep(world: World): number | null {
  const reader = openJournalReadOnly(world.stateDir);
  try {
    const listed = reader.tables.all("sweep").filter(({ state }) => state === "listed");
    return listed.length === 0 ? null : Math.max(...listed.map(({ since }) => since));
  } finally {
    reader.close();
  }
}

function unexpected({ code, stdout, stderr }: Finished): Error {
  return new Error(`recover ended with ${String(code)}:\n${stderr}\n${stdout.slice(-1000)}`);
}
