/**
 * The system calls of a deployment of two files that belong together, one after the other: the process is killed at it, or
 * it fails for want of room. strace does both to a child that runs the code as it is (`files-child.ts`). Whatever happens,
 * whoever reads both files reads a pair, and the next worker finishes without leaving anything behind.
 */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forEachOf, runTraced, type SyscallPoint } from "./syscall-points.ts";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { tempFolder } from "../temp-folder.ts";

const CHILD = join(import.meta.dirname, "files-child.ts");
const CALLS = [
  "openat",
  "write",
  "mkdir",
  "fchown",
  "fchmod",
  "chmod",
  "fsync",
  "rename",
  "symlink",
  "unlink",
  "unlinkat",
  "rmdir",
];
const ONLY = ["-e", `trace=${CALLS.join(",")}`];
const AT_ONCE = 2;
const GENERATIONS = [".keyturn_v1.run.1", ".keyturn_v2.run.2", ".keyturn_before"];

/** What is done, from what, and how it looks when it is over. */
const MOVES = {
  "the first take-over": { from: "by hand", what: "1", version: 1, left: [".keyturn", ".keyturn_v1.run.1"] },
  "a renewal": { from: "version 1", what: "2", version: 2, left: [".keyturn", ".keyturn_v2.run.2"] },
  "the way back to files by hand": {
    from: "version 1",
    what: "back",
    version: 0,
    left: [".keyturn_v1.run.1"],
  },
} as const;

type Move = (typeof MOVES)[keyof typeof MOVES];

function run(folder: string, what: string): string {
  return spawnSync(process.execPath, [CHILD, folder, what], { encoding: "utf8" }).stdout;
}

function contentOf(name: string, version: number): string {
  return `${name} ${version} ${"x".repeat(5_000)} ${version}`;
}

/** Made once for each root, and copied. */
function folderAt(root: string, state: Move["from"]): string {
  const made = join(root, state.replace(" ", "-"));
  if (!existsSync(made)) {
    mkdirSync(made);
    writeFileSync(join(made, "cert.pem"), contentOf("cert", 0), { mode: 0o644 });
    writeFileSync(join(made, "key.pem"), contentOf("key", 0), { mode: 0o600 });
    chownSync(join(made, "key.pem"), 4321, 0);
    if (state === "version 1") expect(run(made, "1")).toBe("ready\ndone\n");
  }
  const folder = join(root, `case-${randomUUID()}`);
  expect(spawnSync("cp", ["-a", made, folder]).status).toBe(0);
  const stood = ["cert.pem", "key.pem"].map((name) => {
    const [mode, uid] = name === "cert.pem" ? [0o644, 0] : [0o600, 4321];
    return { name, type: "file", mode, uid, gid: 0, size: contentOf(name.slice(0, -4), 0).length };
  });
  const restore = [{ path: `${folder}/.keyturn`, part: "value", type: "files", stood }];
  writeFileSync(`${folder}-before.json`, JSON.stringify({ restore }));
  return folder;
}

/** Through the stable paths, as a server does. */
function versionRead(folder: string): number {
  const [cert, key] = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, name), "utf8"));
  const version = Number(cert?.split(" ")[1]);
  expect([cert, key]).toEqual([contentOf("cert", version), contentOf("key", version)]);
  const owner = version === 0 ? [0o600, 4321] : [0o400, 1234];
  const { mode, uid } = statSync(join(folder, "key.pem"));
  expect([mode & 0o7777, uid]).toEqual(owner);
  return version;
}

function traced(folder: string, { what }: Move) {
  const places = [folder, ...["", "cert.pem", "key.pem", ".keyturn"].map((name) => join(folder, name))];
  const inner = GENERATIONS.flatMap((each) => [each, `.${each}.keyturn`]).flatMap((each) => [
    join(folder, each),
    ...["cert.pem", "key.pem"].map((name) => join(folder, each, name)),
  ]);
  const temps = ["cert.pem", "key.pem", ".keyturn"].map((name) => join(folder, `.${name}.keyturn`));
  return { command: [CHILD, folder, what], paths: [...places, ...inner, ...temps] };
}

/** Every call of a run that nothing happens to, but those after which nothing is different. */
async function pointsOf(root: string, move: Move): Promise<readonly SyscallPoint[]> {
  const folder = folderAt(root, move.from);
  const log = join(root, `trace-${randomUUID()}`);
  expect(await runTraced(traced(folder, move), [...ONLY, "-o", log])).toMatch(/done/);
  const counts = new Map<string, number>();
  const points: SyscallPoint[] = [];
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const syscall = /^\d+ +(\w+)\(/.exec(line)?.[1];
    if (syscall === undefined || !CALLS.includes(syscall)) continue;
    const nth = (counts.get(syscall) ?? 0) + 1;
    counts.set(syscall, nth);
    const changes = syscall !== "openat" || line.includes("O_CREAT");
    if (changes && !line.includes("= -1")) points.push({ syscall, nth });
  }
  return points;
}

async function atEach(
  root: string,
  move: Move,
  points: readonly SyscallPoint[],
  inject: (point: SyscallPoint) => string,
): Promise<void> {
  await forEachOf(points, AT_ONCE, async (point) => {
    const folder = folderAt(root, move.from);
    const said = await runTraced(traced(folder, move), [...ONLY, "-e", `inject=${inject(point)}`]);
    const label = `${point.syscall} ${point.nth}`;
    expect(said, label).not.toContain("done");
    expect([move.from === "by hand" ? 0 : 1, move.version], label).toContain(versionRead(folder));
    expect(run(folder, move.what), label).toBe("ready\ndone\n");
    expect(versionRead(folder), label).toBe(move.version);
    expect(readdirSync(folder).toSorted(), label).toEqual([...move.left, "cert.pem", "key.pem"].toSorted());
    rmSync(folder, { recursive: true });
  });
}

const strace = await requireEngine("strace as root", () => {
  if (process.geteuid?.() !== 0) throw new Error("only root may give a file away");
  const { error } = spawnSync("strace", ["-V"]);
  if (error !== undefined) throw error;
});

describeEngine(strace, "a deployment of a certificate and its key under strace", () => {
  test.each(Object.entries(MOVES))(
    "%s, killed at any call that changes something",
    async (_name, move) => {
      const root = tempFolder();
      const points = await pointsOf(root, move);
      expect(points.length).toBeGreaterThan(10);
      await atEach(root, move, points, ({ syscall, nth }) => `${syscall}:signal=SIGKILL:when=${nth}`);
    },
    300_000,
  );

  test.each(Object.entries(MOVES))(
    "%s, without room at any call that needs some",
    async (_name, move) => {
      const root = tempFolder();
      const needing = new Set(["openat", "write", "mkdir", "rename", "symlink", "fsync"]);
      const points = (await pointsOf(root, move)).filter(({ syscall }) => needing.has(syscall));
      expect(points.length).toBeGreaterThan(5);
      await atEach(root, move, points, ({ syscall, nth }) => `${syscall}:error=ENOSPC:when=${nth}`);
    },
    300_000,
  );
});
