/**
 * The power is cut after each system call of `rekey`. Key and journal stand on two disks, of which one loses what was not
 * synced: whichever it is, the next start opens everything.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";
import { describeEngine, requireEngine } from "../../engines/require-engine.ts";
import { makeV1Folder } from "../../fixtures/journal-v1.ts";
import { tempFolder } from "../../temp-folder.ts";
import { makeDisk, tryPowerCut, type Disk } from "../power-disk.ts";
import {
  countPoints,
  straceArguments,
  straceEnvironment,
  type SyscallPoint,
  type Traced,
} from "../syscall-points.ts";
import { faultsAfter, wrappedBytes, type KeyAndState } from "./judge.ts";

const CHILD = join(import.meta.dirname, "rekey-child.ts");
/** The calls between which a power cut makes a difference: what one leaves half done, the next one makes whole. */
const BOUNDARIES = ["fsync", "rename", "unlink"];

/** A folder each for the key and the state; the journal is of today, since upgrades are cut off elsewhere. */
function prepare(template: string, keyIn: string, stateIn: string): KeyAndState {
  const made = { stateDir: join(stateIn, "state"), sealKeyFile: join(keyIn, "seal.key") };
  cpSync(join(template, "state"), made.stateDir, { recursive: true });
  cpSync(join(template, "seal.key"), made.sealKeyFile);
  execFileSync("sync");
  return made;
}

function makeTemplate(): string {
  const folder = tempFolder();
  openJournal({ dir: makeV1Folder(folder).stateDir }).close();
  rmSync(join(folder, "state", "backups"), { recursive: true });
  return folder;
}

function tracedAt({ stateDir, sealKeyFile }: KeyAndState, plant: readonly string[]): Traced {
  const folder = join(sealKeyFile, "..");
  const names = ["", "journal.db", "journal.db-wal"];
  return {
    command: [CHILD, stateDir, sealKeyFile, ...plant],
    paths: [
      folder,
      sealKeyFile,
      join(folder, ".seal.key.keyturn"),
      ...names.map((name) => join(stateDir, name)),
    ],
  };
}

/** Stops the child once the call is done, cuts the power of the disk, and lets it come back. */
async function cutAfter(disk: Disk, traced: Traced, { syscall, nth }: SyscallPoint): Promise<void> {
  const cutter = disk.cutter();
  const options = ["-e", `inject=${syscall}:signal=SIGSTOP:when=${nth}`];
  const child = spawn("strace", straceArguments(traced, options), {
    stdio: ["ignore", "ignore", "pipe"],
    env: straceEnvironment,
    detached: true,
  });
  const gone = once(child, "close");
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes("stopped by SIGSTOP")) break;
  }
  cutter.stdin.end("now\n");
  await once(cutter, "close");
  process.kill(-(child.pid as number), "SIGKILL");
  await gone;
  disk.reboot();
}

/** What broke, by case. */
async function cutEverywhere(which: "key" | "state", plant: readonly string[] = []): Promise<string[]> {
  const template = makeTemplate();
  const disk = makeDisk();
  onTestFinished(() => disk.remove());
  const steady = tempFolder();
  const folders = (): KeyAndState => {
    const [safe, cut] = [mkdtempSync(join(steady, "safe-")), mkdtempSync(join(disk.mountPoint, "cut-"))];
    return which === "key" ? prepare(template, cut, safe) : prepare(template, safe, cut);
  };
  const points = await countPoints(tracedAt(folders(), plant));
  const bad: string[] = [];
  for (const point of points.filter(({ syscall }) => BOUNDARIES.includes(syscall))) {
    const at = folders();
    const wrapped = wrappedBytes(at.stateDir);
    await cutAfter(disk, tracedAt(at, plant), point);
    mkdirSync(join(at.stateDir, "audit"), { recursive: true });
    bad.push(...faultsAfter(at, wrapped, "").map((what) => `${point.syscall} ${point.nth}: ${what}`));
  }
  return bad;
}

const powerCut = await requireEngine("strace, and ext4 to cut the power of", async () => {
  execFileSync("strace", ["-f", "-o", "/dev/null", "true"]);
  await tryPowerCut();
});

describeEngine(powerCut, "when the power is cut during a change of the seal key", () => {
  test.each(["key", "state"] as const)(
    "the next start opens everything, whatever the disk of the %s lost",
    { timeout: 180_000 },
    async (which) => {
      expect(await cutEverywhere(which)).toEqual([]);
    },
  );

  test("a change that does not sync the file is caught", { timeout: 180_000 }, async () => {
    expect(await cutEverywhere("key", ["unsynced"])).toContainEqual(
      expect.stringContaining("the next start fails"),
    );
  });
});
