/** How a command with `--json` ended for a secret: the last thing that it told. */
import { toldBy, type Finished, type Told } from "../../e2e/world/start-keyturn.ts";

export interface Ended {
  readonly code: number | null;
  readonly outcome: string;
  readonly version: number | null;
}

export function ended(finished: Finished): Ended {
  const { outcome = "", version = null } = lastRunEnded(finished);
  return { code: finished.code, outcome, version };
}

export function errorTold(finished: Finished): Told["error"] {
  return lastRunEnded(finished).error;
}

function lastRunEnded(finished: Finished): Told {
  const told = toldBy(finished).findLast(({ type }) => type === "run-ended");
  if (told === undefined) throw new Error(`no run ended:\n${finished.stdout}\n${finished.stderr}`);
  return told;
}
