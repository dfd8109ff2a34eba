import { statSync } from "node:fs";
import { join } from "node:path";
import type { JournalView } from "../daemon/journal-view.ts";
import { openJournalReadOnly } from "../journal/journal-reader.ts";

/** Opened for each look and closed again: a state folder may be restored or moved under a daemon that runs for years. */
export function journalViewOf(stateDir: string): JournalView {
  const files = ["journal.db", "journal.db-wal"].map((name) => join(stateDir, name));
  return {
    stamp: () => files.map(stampOf).join(" "),
    read: (look) => {
      const reader = openJournalReadOnly(stateDir);
      try {
        return look(reader);
      } finally {
        reader.close();
      }
    },
  };
}

function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "none" : `${stat.ino}.${stat.size}.${stat.mtimeNs}`;
}
