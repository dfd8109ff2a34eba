/**
 * The system calls of `rekey`, one after the other, on a journal of schema 1, which is upgraded on the way: the process is
 * killed at it, or it fails. Whatever happens, the next start opens everything, and once the file holds the new key, the
 * old one opens nothing.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeEngine, requireEngine } from "../../engines/require-engine.ts";
import { makeV1Folder, V1_ENTRIES } from "../../fixtures/journal-v1.ts";
import { tempFolder } from "../../temp-folder.ts";
import { countPoints, forEachOf, runTraced, type SyscallPoint, type Traced } from "../syscall-points.ts";
import { faultsAfter, wrappedBytes, type KeyAndState } from "./judge.ts";

const CHILD = join(import.meta.dirname, "rekey-child.ts");
const AT_ONCE = 2;

function tracedIn({ stateDir, sealKeyFile }: KeyAndState, plant: readonly string[] = []): Traced {
  const copy = `journal-schema-1-entry-${V1_ENTRIES}.db`;
  const inState = [
    "",
    "journal.db",
    "journal.db-wal",
    "backups",
    `backups/${copy}`,
    `backups/.${copy}.keyturn`,
  ];
  const folder = join(sealKeyFile, "..");
  return {
    command: [CHILD, stateDir, sealKeyFile, ...plant],
    paths: [
      folder,
      sealKeyFile,
      join(folder, ".seal.key.keyturn"),
      ...inState.map((name) => join(stateDir, name)),
    ],
  };
}

async function pointsIn(dir: string, plant: readonly string[] = []): Promise<readonly SyscallPoint[]> {
  return countPoints(tracedIn(makeV1Folder(mkdtempSync(join(dir, "counted-"))), plant));
}

/** Runs every case in a folder of its own; gives what broke, by case, and what was said. */
async function tryAll(
  dir: string,
  cases: readonly string[],
  plant: readonly string[] = [],
): Promise<{ readonly bad: readonly string[]; readonly said: ReadonlySet<string> }> {
  const bad: string[] = [];
  const heard = new Set<string>();
  await forEachOf(cases, AT_ONCE, async (inject) => {
    const folder = mkdtempSync(join(dir, "case-"));
    const made = makeV1Folder(folder);
    const wrapped = wrappedBytes(made.stateDir);
    const said = await runTraced(tracedIn(made, plant), ["-o", "/dev/null", "-e", `inject=${inject}`]);
    heard.add(said);
    const wrong = said.includes("unexpected") ? [said] : [];
    bad.push(...[...wrong, ...faultsAfter(made, wrapped, said)].map((what) => `${inject}: ${what}`));
    rmSync(folder, { recursive: true });
  });
  return { bad, said: heard };
}

const strace = await requireEngine(
  "strace",
  () => void execFileSync("strace", ["-f", "-o", "/dev/null", "true"]),
);

describeEngine(strace, "at every system call of a change of the seal key", () => {
  test("a kill leaves a journal that the next start opens and finishes", { timeout: 300_000 }, async () => {
    const dir = tempFolder();
    const points = await pointsIn(dir);
    expect(points.length).toBeGreaterThan(100);
    const cases = points.map(({ syscall, nth }) => `${syscall}:signal=SIGKILL:when=${nth}`);
    const { bad, said } = await tryAll(dir, cases);
    expect(bad).toEqual([]);
    // Each was killed before it could say that it was done.
    expect([...said]).toEqual([""]);
  });

  test("an error is told, and the next start makes up for it", { timeout: 300_000 }, async () => {
    const dir = tempFolder();
    const cases = (await pointsIn(dir)).map(({ syscall, nth }) => {
      const full = nth % 2 === 0 && ["openat", "pwrite64", "write", "rename"].includes(syscall);
      return `${syscall}:error=${full ? "ENOSPC" : "EIO"}:when=${nth}`;
    });
    const { bad, said } = await tryAll(dir, cases);
    expect(bad).toEqual([]);
    expect([...said]).toEqual(expect.arrayContaining(["done", "unfinished rekey-unfinished", "E disk-full"]));
  });

  test("a change that replaces the file first is caught", { timeout: 60_000 }, async () => {
    const dir = tempFolder();
    const points = await pointsIn(dir, ["file-first"]);
    const replaced = points.findLastIndex(({ syscall }) => syscall === "rename");
    const { syscall, nth } = points[replaced + 1] as SyscallPoint;
    const { bad } = await tryAll(dir, [`${syscall}:signal=SIGKILL:when=${nth}`], ["file-first"]);
    expect(bad).toEqual([expect.stringContaining("the next start fails: sealed-unreadable")]);
  });
});
