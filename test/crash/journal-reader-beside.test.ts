/**
 * A reader beside the writer keeps the write-ahead log alive: closing the writer does not remove it, and what a failed
 * commit left in it can come back. A record that was told to be surely not kept must not.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { SealKey } from "../../src/journal/seal-key.ts";
import { openJournalReadOnly } from "../../src/journal/journal-reader.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { tempFolder } from "../temp-folder.ts";

const CHILD = join(import.meta.dirname, "journal-child.ts");
const SYNCS = 9;

const strace = await requireEngine(
  "strace",
  () => void execFileSync("strace", ["-f", "-o", "/dev/null", "true"]),
);

describeEngine(strace, "a commit that fails while somebody reads", () => {
  test("is not told as refused when it can come back", { timeout: 120_000 }, async () => {
    const untrue: string[] = [];
    let failed = 0;
    for (let nth = 1; nth <= SYNCS; nth += 1) {
      const { told, kept } = await killedAfterFailing(nth);
      if (told === null) continue;
      failed += 1;
      if (told.startsWith("T ") && kept.includes(recordOf(told)))
        untrue.push(`sync ${nth}: ${told}, and it was kept`);
    }
    expect(failed).toBeGreaterThan(3);
    expect(untrue).toEqual([]);
  });
});

/** Lets the nth sync fail, kills the writer at the first record that it does not acknowledge, and reads what is there. */
async function killedAfterFailing(nth: number): Promise<{ told: string | null; kept: readonly string[] }> {
  const dir = join(tempFolder(), "state");
  openJournal({ dir, sealKey: key() }).close();
  const inject = ["-e", "trace=fsync", "-e", `inject=fsync:error=EIO:when=${nth}`];
  const child = spawn("strace", ["-f", "-o", "/dev/null", ...inject, process.execPath, CHILD, dir, "1"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const closed = once(child, "close");
  const reader = openJournalReadOnly(dir);
  reader.verifyChain();
  const told = await firstFailure(createInterface(child.stdout), child.pid ?? 0);
  await closed;
  reader.close();
  const journal = openJournal({ dir, sealKey: key() });
  const kept: string[] = [];
  for await (const { record } of journal.read()) kept.push(record.type);
  journal.close();
  return { told, kept };
}

async function firstFailure(lines: AsyncIterable<string>, tracer: number): Promise<string | null> {
  for await (const line of lines) {
    if (!/^[TU] /.test(line)) continue;
    const [traced] = readFileSync(`/proc/${tracer}/task/${tracer}/children`, "utf8").trim().split(" ");
    process.kill(Number(traced), "SIGKILL");
    return line;
  }
  return null;
}

function recordOf(line: string): string {
  return /^T 1\/(\S+)/.exec(line)?.[1] ?? line;
}

function key(): SealKey {
  return new SealKey(Buffer.alloc(32, 7));
}
