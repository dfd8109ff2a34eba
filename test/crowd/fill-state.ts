import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { openAuditSink } from "../../src/sinks/audit/audit-sink.ts";
import { fileStoreId } from "../../src/targets/file/store.ts";
import { firstRotation, type FirstRotation } from "./first-rotation.ts";

/** A secret that was rotated once, into this file. */
export interface Aged extends Omit<FirstRotation, "store"> {
  readonly path: string;
}

/** Where syncing costs nothing: every record is synced, and nothing here has to outlive a power cut. */
const MEMORY = "/dev/shm";

/** The journal and the audit log of a worker that did all of these first rotations, the oldest first. */
export async function fillState(stateDir: string, secrets: readonly Aged[]): Promise<void> {
  const dir = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "keyturn-crowd-"));
  try {
    const journal = openJournal({ dir });
    for (const each of secrets.toSorted((a, b) => a.createdAt - b.createdAt)) {
      for (const body of firstRotation({ ...each, store: fileStoreId(each.path) }))
        await journal.append({ ...body, at: each.createdAt });
    }
    const audit = openAuditSink({ dir: join(dir, "audit") });
    await audit.catchUp(journal);
    audit.close();
    journal.close();
    cpSync(dir, stateDir, { recursive: true });
  } finally {
    rmSync(dir, { recursive: true });
  }
}
