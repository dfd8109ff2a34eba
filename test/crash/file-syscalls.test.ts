/**
 * A file target's system calls, one after the other: the process is killed at it, or it fails. strace does both to a child
 * that runs the code as it is (`file-child.ts`). Whatever happens, the stable path leads to a whole version, and the next
 * worker finishes without leaving anything behind.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { randomFrom } from "./injections.ts";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { tempFolder } from "../temp-folder.ts";

const CHILD = join(import.meta.dirname, "file-child.ts");
const CALLS = ["openat", "write", "fchown", "fchmod", "fsync", "rename", "symlink", "unlink"];
const SIZE = 20_000;
const AT_ONCE = 2;

/** All work on one thread, since strace counts the calls of each. */
const ENV = { ...process.env, UV_THREADPOOL_SIZE: "1" };

async function runChild(folder: string, strace: readonly string[]): Promise<string> {
  const names = [
    "",
    "api_v1.run.1",
    "api_v2.run.2",
    ".api_v1.run.1.keyturn",
    ".api_v2.run.2.keyturn",
    ".api.keyturn",
  ];
  const paths = names.flatMap((name) => ["-P", join(folder, name)]);
  const options = ["-f", ...paths, "-e", `trace=${CALLS.join(",")}`, ...strace];
  const child = spawn(
    "strace",
    [...options, process.execPath, CHILD, join(folder, "api"), "2", String(SIZE)],
    {
      stdio: ["ignore", "pipe", "ignore"],
      env: ENV,
    },
  );
  const [said] = await Promise.all([text(child.stdout), once(child, "close")]);
  return said;
}

/** A folder whose stable path leads to version 1; made once for each root, and copied. */
function folderAtOne(root: string): string {
  const made = join(root, "at-one");
  if (!existsSync(made)) {
    mkdirSync(made);
    expect(runPlainly(made, "1")).toBe("ready\ndone\n");
  }
  const folder = join(root, `case-${randomUUID()}`);
  expect(spawnSync("cp", ["-a", made, folder]).status).toBe(0);
  return folder;
}

function runPlainly(folder: string, numbers: string): string {
  return spawnSync(process.execPath, [CHILD, join(folder, "api"), numbers, String(SIZE)], {
    encoding: "utf8",
  }).stdout;
}

function contentOf(version: number): string {
  return `${version}:${"x".repeat(SIZE)}:${version}`;
}

function expectWhole(folder: string): void {
  expect([contentOf(1), contentOf(2)]).toContain(readFileSync(join(folder, "api"), "utf8"));
  for (const name of readdirSync(folder).filter((each) => each.startsWith("api_v"))) {
    expect(readFileSync(join(folder, name), "utf8")).toBe(contentOf(name.startsWith("api_v1") ? 1 : 2));
    const { mode, uid } = lstatSync(join(folder, name));
    expect([mode & 0o7777, uid]).toEqual([0o400, 1234]);
  }
}

async function expectHealed(folder: string): Promise<void> {
  const child = spawn(process.execPath, [CHILD, join(folder, "api"), "2", String(SIZE)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  expect(await text(child.stdout)).toBe("ready\ndone\n");
  expect(readFileSync(join(folder, "api"), "utf8")).toBe(contentOf(2));
  expect(readdirSync(folder).toSorted()).toEqual(["api", "api_v2.run.2"]);
}

async function traced(root: string): Promise<readonly string[]> {
  const trace = join(root, "trace");
  expect(await runChild(folderAtOne(root), ["-o", trace])).toBe("ready\ndone\n");
  const lines = readFileSync(trace, "utf8").split("\n");
  return lines.flatMap((line) => /^\d+ +(\w+\(.*)/.exec(line)?.[1] ?? []);
}

function pointsOf(calls: readonly string[]): readonly (readonly [syscall: string, nth: number])[] {
  const counts = new Map<string, number>();
  const points = calls.map((call) => {
    const syscall = call.slice(0, call.indexOf("("));
    counts.set(syscall, (counts.get(syscall) ?? 0) + 1);
    return [syscall, counts.get(syscall) ?? 0] as const;
  });
  // Before a call that changes nothing, all is as it was after the one before.
  return points.filter((_point, index) => !/O_DIRECTORY|= -1 ENOENT/.test(calls[index] ?? ""));
}

const strace = await requireEngine("strace as root", () => {
  if (process.geteuid?.() !== 0) throw new Error("only root may give a file away");
  const { error } = spawnSync("strace", ["-V"]);
  if (error !== undefined) throw error;
});

describeEngine(strace, "a file target under strace", () => {
  test("content is closed to others from its first byte, and durable before its name is", async () => {
    const calls = await traced(tempFolder());
    const start = calls.findIndex((call) => call.includes("O_CREAT"));
    const order = calls.slice(start, start + 12).map((call) => call.slice(0, call.indexOf("(")));
    expect(calls[start]).toMatch(/\.api_v2\.run\.2\.keyturn".*O_EXCL\|O_NOFOLLOW.*, 0600\)/);
    const written = ["openat", "write", "fchown", "fchmod", "fsync", "rename", "openat", "fsync"];
    expect(order).toEqual([...written, "unlink", "symlink", "rename", "openat"]);
  });

  test("killed at any call that changes something, it leaves whole versions, and the next worker finishes", async () => {
    const root = tempFolder();
    const points = pointsOf(await traced(root));
    expect(points.length).toBeGreaterThan(11);
    await atEach(root, points, async (folder, syscall, nth) => {
      const said = await runChild(folder, ["-e", `inject=${syscall}:signal=SIGKILL:when=${nth}`]);
      expect(said, `${syscall} ${nth}`).not.toContain("done");
    });
  }, 240_000);

  test.each([
    ["ENOSPC", ["write", "rename", "symlink"]],
    ["EIO", ["write", "fsync", "fchmod"]],
  ] as const)("%s at %j leaves whole versions and nothing half-written", async (error, syscalls) => {
    const root = tempFolder();
    const points = pointsOf(await traced(root)).filter(([syscall]) =>
      syscalls.some((each) => each === syscall),
    );
    expect(points.length).toBeGreaterThan(3);
    await atEach(root, points, async (folder, syscall, nth) => {
      const said = await runChild(folder, ["-e", `inject=${syscall}:error=${error}:when=${nth}`]);
      expect(said, `${syscall} ${nth}`).not.toContain("done");
      expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
    });
  });

  test("killed at any moment, it leaves a whole version at the stable path", async () => {
    const folder = tempFolder();
    const random = randomFrom(7);
    let killed = 0;
    expect(runPlainly(folder, "1")).toBe("ready\ndone\n");
    for (let round = 0; round < 10; round += 1) {
      const numbers = Array.from({ length: 400 }, (_, index) => 2 + round * 400 + index).join(",");
      const child = spawn(process.execPath, [CHILD, join(folder, "api"), numbers, String(SIZE)], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const closed = once(child, "close");
      await once(child.stdout, "data");
      await sleep(random() * 60);
      if (child.kill("SIGKILL")) killed += 1;
      await closed;
      const content = readFileSync(join(folder, "api"), "utf8");
      expect(content).toBe(contentOf(Number(content.split(":")[0])));
    }
    expect(killed).toBe(10);
  });
});

/** Does it in a fresh folder for each point, and looks whether the folder is whole and heals. */
async function atEach(
  root: string,
  points: readonly (readonly [string, number])[],
  doIt: (folder: string, syscall: string, nth: number) => Promise<void>,
): Promise<void> {
  const left = [...points];
  const work = async (): Promise<void> => {
    for (let point = left.shift(); point !== undefined; point = left.shift()) {
      const folder = folderAtOne(root);
      await doIt(folder, ...point);
      expectWhole(folder);
      await expectHealed(folder);
      rmSync(folder, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
