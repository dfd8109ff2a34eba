import type { EvidenceSource } from "../../domain/lockdown.ts";
import type { Journal } from "../../domain/ports.ts";
import { DAY_MS, type Instant } from "../../domain/time.ts";

const BACK_MS = 30 * DAY_MS;

/** What keyturn itself did in the month before, one entry a line; the hashes chain it to the rest of the journal. */
export function journalExtract(journal: Pick<Journal, "read">, now: Instant): EvidenceSource {
  return {
    name: "keyturn-journal.jsonl",
    collect: async () => {
      const lines: string[] = [];
      for await (const entry of journal.read())
        if (entry.record.at >= now - BACK_MS) lines.push(`${JSON.stringify(entry)}\n`);
      return Buffer.from(lines.join(""));
    },
  };
}
