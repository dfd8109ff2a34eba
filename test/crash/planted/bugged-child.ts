/** Plants a bug of the journal, then goes on as another child. Usage: bugged-child.ts BUG CHILD [ARGUMENT…]. */
import { JOURNAL_BUGS } from "./journal-bugs.ts";
import type { JournalBug } from "./journal-bugs.ts";
import { plant } from "./plant.ts";

const [node, , bug, child] = process.argv as [string, string, JournalBug, string];
plant(JOURNAL_BUGS[bug]);
process.argv = [node, child, ...process.argv.slice(4)];
await import(child);
