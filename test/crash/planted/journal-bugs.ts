/** Faults of the journal that only its system calls, or a second writer, can show: no scenario plays them. */
import type { Edit } from "./bug.ts";

const FILE = "journal/sqlite-journal.ts";

export const JOURNAL_BUGS = {
  // The whole transaction, since SQLite has rolled it back by then: a lone COMMIT is refused without any sync.
  "a retried fsync": [
    {
      file: FILE,
      find: "this.#drop(); const failure = journalError(thrown, doing);",
      replace:
        "if (committing !== null) return this.#transact(doing, work);\n" +
        "      this.#drop();\n      const failure = journalError(thrown, doing);",
    },
  ],
  "a missing epoch check": [{ file: FILE, find: "if (epoch === this.epoch) return;", replace: "return;" }],
} as const satisfies Readonly<Record<string, readonly Edit[]>>;

export type JournalBug = keyof typeof JOURNAL_BUGS;
