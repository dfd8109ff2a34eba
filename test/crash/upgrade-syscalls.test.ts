/**
 * A journal of schema 1 in which a rotation is parked, upgraded by a process that is killed at every system call, or the
 * call fails. The next start upgrades it, and `keyturn recover` finishes the rotation.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { acquireLease } from "../../src/journal/lease.ts";
import { openJournalReadOnly } from "../../src/journal/journal-reader.ts";
import { SCHEMA_VERSION } from "../../src/journal/schema.ts";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { makeV1Folder, V1_ENTRIES, V1_PARKED_RUN, V1_VALUES, type V1Folder } from "../fixtures/journal-v1.ts";
import { tempFolder } from "../temp-folder.ts";
import { countPoints, forEachOf, runTraced, straceEnvironment, type Traced } from "./syscall-points.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const CHILD = join(import.meta.dirname, "upgrade-child.ts");
const COPY = `journal-schema-1-entry-${V1_ENTRIES}.db`;
const AT_ONCE = 2;
/** A whole `recover` takes its time: one case in so many ends with it, and the others with an upgrade. */
const COMPLETED_EVERY = 8;

function traced({ stateDir }: V1Folder): Traced {
  const names = [
    "",
    "journal.db",
    "journal.db-wal",
    "backups",
    `backups/${COPY}`,
    `backups/.${COPY}.keyturn`,
  ];
  return { command: [CHILD, stateDir], paths: names.map((name) => join(stateDir, name)) };
}

async function casesIn(dir: string): Promise<readonly string[]> {
  const points = await countPoints(traced(makeV1Folder(mkdtempSync(join(dir, "counted-")))));
  expect(points.length).toBeGreaterThan(40);
  return points.flatMap(({ syscall, nth }) => {
    const error = syscall === "pwrite64" && nth % 2 === 0 ? "ENOSPC" : "EIO";
    return [`${syscall}:signal=SIGKILL:when=${nth}`, `${syscall}:error=${error}:when=${nth}`];
  });
}

async function faultsOf(dir: string, inject: string, complete: boolean): Promise<string[]> {
  const folder = mkdtempSync(join(dir, "case-"));
  const made = makeV1Folder(folder);
  await runTraced(traced(made), ["-o", "/dev/null", "-e", `inject=${inject}`]);
  const faults = [
    ...parkedFaults(made, "cut off"),
    ...(complete ? completedFaults(made) : upgradedFaults(made)),
    ...fileFaults(made),
  ];
  rmSync(folder, { recursive: true });
  return faults.map((what) => `${inject}: ${what}`);
}

/** Whole, of one schema or the other, and readable. */
function parkedFaults({ stateDir }: V1Folder, when: string): string[] {
  const reader = openJournalReadOnly(stateDir);
  try {
    reader.verifyChain();
    const isParked = reader.run(V1_PARKED_RUN)?.phase === "parked" && reader.tables.openRuns().length === 1;
    return isParked ? [] : [`${when}: the parked run is lost`];
  } finally {
    reader.close();
  }
}

function upgradedFaults(made: V1Folder): string[] {
  acquireLease(made.stateDir).release();
  return parkedFaults(made, "upgraded");
}

function completedFaults({ stateDir, stablePath, config }: V1Folder): string[] {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "-c", config, "recover"], {
    encoding: "utf8",
    env: straceEnvironment,
  });
  const reader = openJournalReadOnly(stateDir);
  const { outcomes } = reader.run(V1_PARKED_RUN) ?? { outcomes: [] };
  reader.close();
  return [
    ...(status === 0 ? [] : [`recover ends with ${String(status)}: ${stderr}`]),
    ...(outcomes[0]?.outcome === "rotated" ? [] : ["the parked rotation was not finished"]),
    ...(readFileSync(stablePath, "utf8") === V1_VALUES[1] ? [] : ["the new value is not in use"]),
  ];
}

function fileFaults({ stateDir }: V1Folder): string[] {
  const db = new DatabaseSync(join(stateDir, "journal.db"), { readOnly: true });
  const integrity = db.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
  const version = db.prepare("PRAGMA user_version").get()?.["user_version"];
  db.close();
  return [
    ...(integrity === "ok" ? [] : ["file damaged"]),
    ...(version === SCHEMA_VERSION ? [] : ["not upgraded"]),
    ...(readdirSync(join(stateDir, "backups")).join() === COPY ? [] : ["not exactly one copy is kept"]),
  ];
}

const strace = await requireEngine(
  "strace",
  () => void execFileSync("strace", ["-f", "-o", "/dev/null", "true"]),
);

describeEngine(strace, "a journal of schema 1, upgraded while a rotation is parked", () => {
  test(
    "killed or failing at any system call, nothing is lost and the rotation completes",
    {
      timeout: 300_000,
    },
    async () => {
      const dir = tempFolder();
      const cases = await casesIn(dir);
      const bad: string[] = [];
      await forEachOf([...cases.entries()], AT_ONCE, async ([index, inject]) => {
        bad.push(...(await faultsOf(dir, inject, index % COMPLETED_EVERY < 2)));
      });
      expect(bad).toEqual([]);
    },
  );
});
