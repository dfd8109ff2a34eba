/** Does of a worker's work what upgrades the journal, and no more. Usage: upgrade-child.ts STATE */
import { acquireLease } from "../../src/journal/lease.ts";

acquireLease(process.argv[2] as string).release();
