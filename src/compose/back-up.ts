import type { BackedUp } from "../cli/services.ts";
import { readFingerprint } from "../config/fingerprint.ts";
import { backUpJournal } from "../journal/backup.ts";
import type { Environment } from "./wiring.ts";

/** Needs of the configuration only where the state is: a back-up must not fail because a schedule is wrong. */
export async function backUp(file: string, to: string, env: Environment): Promise<BackedUp> {
  const { stateDir } = await readFingerprint(file, env);
  return backUpJournal(stateDir, to);
}
