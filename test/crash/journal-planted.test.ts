/**
 * Planted bugs of the journal: each must be caught by a check that the source as it is passes. A retried fsync can
 * report success for pages that the kernel dropped when the first one failed (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { acquireLease } from "../../src/journal/lease.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { startRecord } from "../journal-records.ts";
import { tempFolder } from "../temp-folder.ts";
import type { JournalBug } from "./planted/journal-bugs.ts";
import { commitSyncs, retriedSyncs } from "./sync-trace.ts";
import { traceJournal } from "./trace-journal.ts";

const BUGGED = join(import.meta.dirname, "planted", "bugged-child.ts");
const STALE_WRITER = join(import.meta.dirname, "stale-writer-child.ts");

function commandLine(child: string, bug: JournalBug | null): readonly string[] {
  return bug === null ? [child] : [BUGGED, bug, child];
}

const strace = await requireEngine(
  "strace",
  () => void execFileSync("strace", ["-f", "-o", "/dev/null", "true"]),
);

describeEngine(strace, "a commit's sync that fails", () => {
  /** What breaks the rule, for every sync of every commit failing once. */
  async function retried(bug: JournalBug | null): Promise<readonly string[][]> {
    const dir = tempFolder();
    const command = commandLine(join(import.meta.dirname, "journal-child.ts"), bug);
    const points = commitSyncs(await traceJournal(dir, command));
    // The six records of a run are committed one by one; the first also syncs the log's new header.
    expect(points).toHaveLength(7);
    const traces: string[][] = [];
    for (const { syscall, nth } of points)
      traces.push(retriedSyncs(await traceJournal(dir, command, `${syscall}:error=EIO:when=${nth}`)));
    return traces;
  }

  test("is never followed by another on the same descriptor that anything rests on", async () => {
    expect((await retried(null)).flat()).toEqual([]);
  });

  test("planted: a retried fsync is caught at every commit", async () => {
    const caught = await retried("a retried fsync");
    for (const each of caught)
      expect(each).toContainEqual(expect.stringMatching(/^synced again, then: .*"A /));
  });
});

describe("a writer whose lease is over", () => {
  /** What the late writer was told, and the epochs of the entries kept, in their order. */
  async function writeLate(bug: JournalBug | null): Promise<{ told: string; epochs: readonly number[] }> {
    const dir = tempFolder();
    const child = spawn(process.execPath, [...commandLine(STALE_WRITER, bug), dir], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect(await lines.next()).toMatchObject({ value: "open" });
    const lease = acquireLease(dir);
    const journal = openJournal({ dir, epoch: lease.epoch });
    try {
      await journal.append(startRecord(2));
      child.stdin.end();
      const told = String((await lines.next()).value);
      await once(child, "close");
      const epochs: number[] = [];
      for await (const entry of journal.read()) epochs.push(entry.epoch);
      return { told, epochs };
    } finally {
      journal.close();
      lease.release();
      child.kill("SIGKILL");
    }
  }

  const refused = { told: "lease-lost", epochs: [0, 1] };

  test("is refused, and nothing of it is kept", async () => {
    expect(await writeLate(null)).toEqual(refused);
  });

  test("planted: a missing epoch check is caught", async () => {
    const seen = await writeLate("a missing epoch check");
    expect(seen).toEqual({ told: "acknowledged", epochs: [0, 1, 0] });
  });
});
