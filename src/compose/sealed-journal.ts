/** Opens the journal with the key in its file, and takes a change of that key as far as it goes: see `seal-change.ts`. */
import type { LoadedConfig } from "../config/config.ts";
import { asRotationError, RotationError } from "../domain/errors.ts";
import { systemClock } from "../domain/system-clock.ts";
import { replaceSealKey, settleSealKeyFile, whyNotReplaceable } from "../journal/seal-key-file.ts";
import { loadSealKey } from "../journal/seal-key.ts";
import { openJournal, type SqliteJournal } from "../journal/sqlite-journal.ts";
import { removeCopies } from "../journal/upgrade.ts";
import type { Environment } from "./wiring.ts";

export interface SealedPlace {
  readonly config: Pick<LoadedConfig, "stateDir" | "sealKeyFile">;
  readonly env: Environment;
  readonly epoch: number;
}

export interface SealedJournal {
  readonly journal: SqliteJournal;
  /** Why a change of the seal key is not finished, and what to do; `null` when none is under way. */
  readonly unfinished: RotationError | null;
}

/** Call with the lease held. The key is read now and not earlier: whoever held the lease before may have changed it. */
export function openSealedJournal(place: SealedPlace): SealedJournal {
  const journal = openWithFile(place);
  try {
    const change = journal.sealChange;
    if (change === null) return { journal, unfinished: null };
    if (journal.fileKeyId === change.to) return { journal, unfinished: finished(journal, place) };
    const unfinished = replaced(journal, place);
    if (unfinished !== null) return { journal, unfinished };
  } catch (thrown) {
    journal.close();
    throw thrown;
  }
  journal.close();
  // Read back: what counts is what the file holds, not what was written.
  return openSealedJournal(place);
}

function openWithFile({ config, env, epoch }: SealedPlace): SqliteJournal {
  const sealKey = loadSealKey(config.sealKeyFile, env["CREDENTIALS_DIRECTORY"]);
  return openJournal({ dir: config.stateDir, sealKey, epoch });
}

/** The file holds the old key: the new one is put in its place, where that can be done. */
function replaced(journal: SqliteJournal, { config, env }: SealedPlace): RotationError | null {
  const path = config.sealKeyFile;
  const why = whyNotReplaceable(path, env["CREDENTIALS_DIRECTORY"]);
  if (why !== null) return waiting("rejected", path, `${path} ${why}`);
  try {
    replaceSealKey(path, journal.sealKey);
    return null;
  } catch (thrown) {
    return waiting("transient", path, `${path} could not be replaced for good (${codeOf(thrown)})`);
  }
}

/** The file holds the new key: once that is for good, the old one opens nothing any more. */
function finished(journal: SqliteJournal, { config }: SealedPlace): RotationError | null {
  const change = journal.sealChange;
  if (change === null) return null;
  try {
    settleSealKeyFile(config.sealKeyFile);
    removeCopies(config.stateDir);
    journal.endRekey(change, systemClock.now());
    return null;
  } catch (thrown) {
    const why = thrown instanceof RotationError ? asRotationError(thrown).message : codeOf(thrown);
    return new RotationError("rekey-unfinished", {
      kind: "transient",
      message: `the new seal key is in place, and the old one still opens the journal (${why})`,
      hint: "`keyturn recover` tries again to end it.",
    });
  }
}

function waiting(kind: "rejected" | "transient", path: string, why: string): RotationError {
  return new RotationError("rekey-unfinished", {
    kind,
    message: `the seal key was changed, but its file holds the old one: ${why}. Both open the journal until then`,
    hint: `Put the new key in place of ${path} and run \`keyturn recover\` there, or restart the service. Without the new key, \`keyturn rekey --new-key FILE\` begins anew.`,
  });
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown fault";
}
