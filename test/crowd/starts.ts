import { openJournalReadOnly } from "../../src/journal/journal-reader.ts";
import type { Instant } from "../../src/domain/time.ts";

/** What the journal says of the secrets that a schedule took up. Instants, by secret. */
export interface Starts {
  /** When its run began: all that it touches had been read, and answered. */
  readonly begun: ReadonlyMap<string, Instant>;
  /** When the run's first effect did. */
  readonly acted: ReadonlyMap<string, Instant>;
}

export async function readStarts(stateDir: string): Promise<Starts> {
  const [begun, acted] = [new Map<string, Instant>(), new Map<string, Instant>()];
  const scheduled = new Set<string>();
  const journal = openJournalReadOnly(stateDir);
  for await (const { record } of journal.read()) {
    if (record.type === "run-started" && record.trigger === "schedule") {
      scheduled.add(record.run);
      for (const { secret } of record.secrets) begun.set(secret, record.at);
    }
    if (record.type !== "intent" || record.step !== "create" || !scheduled.has(record.run)) continue;
    if (!acted.has(record.subject)) acted.set(record.subject, record.at);
  }
  journal.close();
  return { begun, acted };
}
