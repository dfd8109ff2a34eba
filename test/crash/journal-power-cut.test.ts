/** A real power cut, of a file system of our own: ext4 on a file, shut down while a child appends. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { SealKey } from "../../src/journal/seal-key.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";

const CHILD = join(import.meta.dirname, "journal-child.ts");
const CUT = join(import.meta.dirname, "power-cut.py");
const CUTS = [30, 120, 333];
/** More than any cut lets happen. */
const RUNS = "1000";

interface Disk {
  readonly mountPoint: string;
  cut(): void;
  /** Mounts it again, as after a reboot. */
  reboot(): void;
  remove(): void;
}

function makeDisk(): Disk {
  const dir = mkdtempSync(join(tmpdir(), "keyturn-disk-"));
  const [image, mountPoint] = [join(dir, "image"), join(dir, "mnt")];
  const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: "pipe" });
  const mount = (): void => run("mount", "-o", "loop", image, mountPoint);
  try {
    writeFileSync(image, "");
    truncateSync(image, 64 * 1024 * 1024);
    mkdirSync(mountPoint);
    run("mkfs.ext4", "-q", image);
    mount();
  } catch (thrown) {
    rmSync(dir, { recursive: true, force: true });
    throw new Error("an ext4 on a loop device cannot be mounted", { cause: thrown });
  }
  return {
    mountPoint,
    cut: () => run("python3", CUT, mountPoint),
    reboot: () => {
      run("umount", mountPoint);
      mount();
    },
    remove: () => {
      run("umount", mountPoint);
      rmSync(dir, { recursive: true });
    },
  };
}

/** Appends until `count` records are acknowledged, cuts the power, and tells which were acknowledged by then. */
async function cutAfter(disk: Disk, state: string, count: number, fault: readonly string[]): Promise<readonly string[]> {
  const child = spawn(process.execPath, [CHILD, state, RUNS, ...fault], { stdio: ["ignore", "pipe", "ignore"] });
  const gone = once(child, "close");
  const acknowledged: string[] = [];
  let cut = false;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("A ")) continue;
    acknowledged.push(line.slice(2));
    if (cut || acknowledged.length < count) continue;
    cut = true;
    disk.cut();
    child.kill("SIGKILL");
  }
  await gone;
  disk.reboot();
  return acknowledged;
}

/** Acknowledged records that the journal does not hold. */
async function lost(state: string, acknowledged: readonly string[]): Promise<number> {
  const journal = openJournal({ dir: state, sealKey: new SealKey(Buffer.alloc(32, 7)) });
  try {
    const { seq } = journal.verifyChain();
    console.log(acknowledged.length, seq, acknowledged.slice(-3), journal.history(undefined, 2).map((r) => r.run + r.phase));
    const rows = JSON.stringify(journal.tables.all("run"));
    journal.rebuild();
    expect(JSON.stringify(journal.tables.all("run"))).toBe(rows);
    return Math.max(0, acknowledged.length - seq);
  } finally {
    journal.close();
  }
}

const powerCut = await requireEngine("ext4 to cut the power of", () => {
  const disk = makeDisk();
  try {
    disk.cut();
  } finally {
    disk.remove();
  }
});

describeEngine(powerCut, "when the power is cut", () => {
  test.each(CUTS)("no acknowledged record is lost (after %i)", { timeout: 60_000 }, async (count) => {
    const disk = makeDisk();
    onTestFinished(() => disk.remove());
    const state = join(disk.mountPoint, "state");
    const acknowledged = await cutAfter(disk, state, count, []);
    expect(acknowledged.length).toBeGreaterThanOrEqual(count);
    expect(await lost(state, acknowledged)).toBe(0);
  });

  test("a journal that does not sync its commits does lose some", { timeout: 60_000 }, async () => {
    const disk = makeDisk();
    onTestFinished(() => disk.remove());
    const state = join(disk.mountPoint, "state");
    expect(await lost(state, await cutAfter(disk, state, 333, ["keep", "normal"]))).toBeGreaterThan(0);
  });
});
