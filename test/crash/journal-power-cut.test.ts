/** A real power cut, of a file system of our own: ext4 on a file, shut down while a child appends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { SealKey } from "../../src/journal/seal-key.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { makeDisk, tryPowerCut } from "./power-disk.ts";
import type { Disk } from "./power-disk.ts";

const CHILD = join(import.meta.dirname, "journal-child.ts");
const CUTS = [30, 120, 333];
/** More than any cut lets happen. */
const RUNS = "1000";

/**
 * Appends until `count` records are acknowledged, cuts the power, and gives their number. Only what was heard before
 * the cut counts: a computer without power says nothing any more, while an fsync that this cut runs into may still
 * report success.
 */
async function cutAfter(disk: Disk, state: string, count: number, fault: readonly string[]): Promise<number> {
  const cutter = disk.cutter();
  const child = spawn(process.execPath, [CHILD, state, RUNS, ...fault], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const gone = Promise.all([once(child, "close"), once(cutter, "close")]);
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("A ")) acknowledged++;
    if (acknowledged === count) break;
  }
  cutter.stdin.end("now\n");
  await once(cutter, "close");
  child.kill("SIGKILL");
  await gone;
  disk.reboot();
  return acknowledged;
}

/** Acknowledged records that the journal does not hold. */
async function lost(state: string, acknowledged: number): Promise<number> {
  const journal = openJournal({ dir: state, sealKey: new SealKey(Buffer.alloc(32, 7)) });
  try {
    const { seq } = journal.verifyChain();
    const rows = JSON.stringify(journal.tables.all("run"));
    journal.rebuild();
    expect(JSON.stringify(journal.tables.all("run"))).toBe(rows);
    return Math.max(0, acknowledged - seq);
  } finally {
    journal.close();
  }
}

const powerCut = await requireEngine("ext4 to cut the power of", tryPowerCut);

describeEngine(powerCut, "when the power is cut", () => {
  test.each(CUTS)("no acknowledged record is lost (after %i)", { timeout: 60_000 }, async (count) => {
    const disk = makeDisk();
    onTestFinished(() => disk.remove());
    const state = join(disk.mountPoint, "state");
    const acknowledged = await cutAfter(disk, state, count, []);
    expect(acknowledged).toBe(count);
    expect(await lost(state, acknowledged)).toBe(0);
  });

  test("a journal that does not sync its commits does lose some", { timeout: 60_000 }, async () => {
    let losses = 0;
    // A cut right after a checkpoint, which does sync, costs nothing even here.
    for (const count of [200, 280, 333]) {
      const disk = makeDisk();
      onTestFinished(() => disk.remove());
      const state = join(disk.mountPoint, "state");
      losses += await lost(state, await cutAfter(disk, state, count, ["keep", "normal"]));
      if (losses > 0) break;
    }
    expect(losses).toBeGreaterThan(0);
  });
});
