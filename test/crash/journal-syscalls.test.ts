/**
 * The journal's system calls, one after the other: the process is killed before it, or it fails. strace does both to a
 * child that runs the code as it is (`journal-child.ts`).
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { SealKey } from "../../src/journal/seal-key.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import type { SqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { findCanary } from "../canary.ts";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { startRecord } from "../journal-records.ts";
import { tempFolder } from "../temp-folder.ts";

const CHILD = join(import.meta.dirname, "journal-child.ts");
const SYSCALLS = ["pwrite64", "fsync", "fdatasync", "ftruncate", "unlink"];
const AT_ONCE = 2;
/** Every call of these appends, a sealing and an erasing one, is tried; elsewhere one in so many, to save time. */
const THOROUGH = ["1/outcome", "1/erased"];
const ELSEWHERE = { killed: 2, failed: 10 };

/** One system call of the child, by its place among those of its name, and the record being appended meanwhile. */
interface Point {
  readonly syscall: string;
  readonly nth: number;
  readonly during: string;
}

async function runChild(
  dir: string,
  strace: readonly string[],
  plant: readonly string[] = [],
): Promise<readonly string[]> {
  // Not --seccomp-bpf, fast as it is: it stops at another event, from which no signal is delivered.
  const options = ["-f", "-e", `trace=${SYSCALLS.join(",")},write`, ...strace];
  const child = spawn("strace", [...options, process.execPath, CHILD, dir, "1", ...plant], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, "close")]);
  return said.split("\n").filter((line) => line !== "");
}

/** Every call of a run that nothing happens to: counted, never hand-placed. */
async function countPoints(dir: string, elsewhereEvery: number): Promise<readonly Point[]> {
  const trace = join(dir, "trace");
  const said = await runChild(join(dir, "counted"), ["-o", trace]);
  expect(said.at(-1)).toBe("closed");
  const names = said.map((line) => line.replace(/^A /, ""));
  const counts = new Map<string, number>();
  const points: Point[] = [];
  let step = 0;
  for (const line of readFileSync(trace, "utf8").split("\n")) {
    const syscall = /^\d+ +(\w+)\(/.exec(line)?.[1] ?? "";
    if (line.includes("write(1, ")) step++;
    if (!SYSCALLS.includes(syscall)) continue;
    const nth = (counts.get(syscall) ?? 0) + 1;
    counts.set(syscall, nth);
    points.push({ syscall, nth, during: names[step] ?? "" });
  }
  return points.filter(({ during, nth }) => THOROUGH.includes(during) || nth % elsewhereEvery === 0);
}

/** Runs every case in a folder of its own; gives what broke, by case. */
async function tryAll(
  dir: string,
  cases: readonly string[],
  plant: readonly string[] = [],
): Promise<string[]> {
  const waiting = [...cases];
  const bad: string[] = [];
  const work = async (): Promise<void> => {
    for (let inject = waiting.pop(); inject !== undefined; inject = waiting.pop()) {
      const folder = mkdtempSync(join(dir, "case-"));
      const state = join(folder, "state");
      const said = await runChild(state, ["-o", "/dev/null", "-e", `inject=${inject}`], plant);
      bad.push(...(await faults(state, said)).map((what) => `${inject}: ${what}`));
      if (inject.includes("SIGKILL") && said.at(-1) === "closed") bad.push(`${inject}: was not killed`);
      rmSync(folder, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return bad;
}

/** What is wrong with the journal in `folder`, given what the child was told of its records. */
async function faults(folder: string, said: readonly string[]): Promise<string[]> {
  const journal = openJournal({ dir: folder, sealKey: new SealKey(Buffer.alloc(32, 7)) });
  try {
    return [
      ...(await recordFaults(journal, said)),
      ...rowFaults(journal),
      ...(await fileFaults(journal, folder)),
    ];
  } finally {
    journal.close();
  }
}

async function recordFaults(journal: SqliteJournal, said: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  for await (const { record } of journal.read()) kept.push(record.type);
  const told = (word: string): string[] =>
    said.filter((line) => line.startsWith(`${word} `)).map((line) => (line.split(" ")[1] as string).slice(2));
  const [acknowledged, refused, unknown] = [told("A"), told("T"), told("U")];
  const done = acknowledged.length + refused.length + unknown.length;
  // Killed: the record after the last answer may be there.
  const underWay = said.at(-1) === "closed" ? [] : [RECORDS[done]];
  const allowed = [...acknowledged, ...unknown, ...underWay];
  return [
    ...acknowledged.filter((name) => !kept.includes(name)).map((name) => `lost acknowledged ${name}`),
    ...refused.filter((name) => kept.includes(name)).map((name) => `kept refused ${name}`),
    ...kept
      .filter((name) => !allowed.includes(name) && !refused.includes(name))
      .map((name) => `kept unheard-of ${name}`),
    ...said.filter((line) => line.includes("unexpected")),
  ];
}

const RECORDS = ["run-started", "intent", "outcome", "pivoted", "run-ended", "erased"];

function rowFaults(journal: SqliteJournal): string[] {
  const rows = (): string =>
    JSON.stringify((["secret", "run", "sweep"] as const).map((table) => journal.tables.all(table)));
  journal.verifyChain();
  const before = rows();
  journal.rebuild();
  return rows() === before ? [] : ["rows differ from those folded again"];
}

async function fileFaults(journal: SqliteJournal, folder: string): Promise<string[]> {
  const { seq } = journal.verifyChain();
  const next = await journal.append(startRecord(9));
  journal.close();
  const db = new DatabaseSync(join(folder, "journal.db"));
  const integrity = db.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
  db.close();
  const bytes = Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))));
  return [
    ...(next.seq === seq + 1 ? [] : ["does not go on"]),
    ...(integrity === "ok" ? [] : ["file damaged"]),
    ...findCanary(bytes, "canary-value-1"),
  ];
}

const strace = await requireEngine(
  "strace",
  () => void execFileSync("strace", ["-f", "-o", "/dev/null", "true"]),
);

describeEngine(strace, "at every system call of the journal", () => {
  test("a kill loses no acknowledged record and leaves no half one", { timeout: 300_000 }, async () => {
    const dir = tempFolder();
    const points = await countPoints(dir, ELSEWHERE.killed);
    expect(points.length).toBeGreaterThan(80);
    const cases = points.map(({ syscall, nth }) => `${syscall}:signal=SIGKILL:when=${nth}`);
    expect(await tryAll(dir, cases)).toEqual([]);
  });

  test(
    "an error is told truthfully: what is refused is not there, what is kept is",
    { timeout: 600_000 },
    async () => {
      const dir = tempFolder();
      const cases = (await countPoints(dir, ELSEWHERE.failed)).flatMap(({ syscall, nth }) => {
        const errors = syscall === "pwrite64" ? ["ENOSPC", "EIO"] : ["EIO"];
        // Once; and, as a full or dead disk does it, from then on.
        const when = nth % 4 === 0 ? [`${nth}`, `${nth}+`] : [`${nth}`];
        return errors.flatMap((error) => when.map((each) => `${syscall}:error=${error}:when=${each}`));
      });
      expect(await tryAll(dir, cases)).toEqual([]);
    },
  );

  test(
    "a journal that acknowledges too early is caught, killed or failing",
    { timeout: 60_000 },
    async () => {
      const dir = tempFolder();
      const points = await countPoints(dir, ELSEWHERE.failed);
      const { syscall, nth } = points.filter(({ during }) => during === "1/outcome").at(-2) as Point;
      const bad = await tryAll(
        dir,
        ["signal=SIGKILL", "error=EIO"].map((fault) => `${syscall}:${fault}:when=${nth}`),
        ["early"],
      );
      const lost = bad.filter((each) => each.includes("lost acknowledged outcome"));
      expect(lost.filter((each) => each.includes("SIGKILL"))).toHaveLength(1);
      expect(lost.filter((each) => each.includes("EIO"))).toHaveLength(1);
    },
  );
});
