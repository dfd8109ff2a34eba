/**
 * A file target's system calls, one after the other: the process is killed at it, or it fails. strace does both to a child
 * that runs the code as it is (`file-child.ts`). Whatever happens, the stable path leads to a whole version, and the next
 * worker finishes without leaving anything behind.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
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

/** A folder whose stable path leads to version 1. */
function folderAtOne(root: string): string {
  const folder = mkdtempSync(join(root, "case-"));
  expect(runPlainly(folder, "1")).toBe("ready\ndone\n");
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

function expectHealed(folder: string): void {
  expect(runPlainly(folder, "2")).toBe("ready\ndone\n");
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
  return calls.map((call) => {
    const syscall = call.slice(0, call.indexOf("("));
    counts.set(syscall, (counts.get(syscall) ?? 0) + 1);
    return [syscall, counts.get(syscall) ?? 0] as const;
  });
}

const strace = await requireEngine("strace as root", () => {
  if (process.geteuid?.() !== 0) throw new Error("only root may give a file away");
  const { error } = spawnSync("strace", ["-V"]);
  if (error !== undefined) throw error;
});

describeEngine(strace, "a file target under strace", () => {
  test("content is written to a file of nobody else's, closed to others from its first byte, and durable before its name", async () => {
    const calls = await traced(tempFolder());
    const start = calls.findIndex((call) => call.includes("O_CREAT"));
    const order = calls.slice(start, start + 12).map((call) => call.slice(0, call.indexOf("(")));
    expect(calls[start]).toMatch(/\.api_v2\.run\.2\.keyturn".*O_EXCL\|O_NOFOLLOW.*, 0600\)/);
    const written = ["openat", "write", "fchown", "fchmod", "fsync", "rename", "openat", "fsync"];
    expect(order).toEqual([...written, "unlink", "symlink", "rename", "openat"]);
  });

  test("killed at any of its calls, it leaves whole versions, and the next worker finishes", async () => {
    const root = tempFolder();
    const points = pointsOf(await traced(root));
    expect(points.length).toBeGreaterThan(15);
    for (const [syscall, nth] of points) {
      const folder = folderAtOne(root);
      const said = await runChild(folder, ["-e", `inject=${syscall}:signal=SIGKILL:when=${nth}`]);
      expect(said, `${syscall} ${nth}`).not.toContain("done");
      expectWhole(folder);
      expectHealed(folder);
      rmSync(folder, { recursive: true });
    }
  });

  test.each(["ENOSPC", "EIO"])(
    "%s at any call that changes something leaves whole versions",
    async (error) => {
      const root = tempFolder();
      const points = pointsOf(await traced(root)).filter(
        ([syscall]) => syscall !== "openat" && syscall !== "unlink",
      );
      for (const [syscall, nth] of points) {
        const folder = folderAtOne(root);
        await runChild(folder, ["-e", `inject=${syscall}:error=${error}:when=${nth}`]);
        expectWhole(folder);
        expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
        expectHealed(folder);
        rmSync(folder, { recursive: true });
      }
    },
  );
});

test("killed at any moment, it leaves a whole version at the stable path", async () => {
  if (process.geteuid?.() !== 0) return;
  const folder = tempFolder();
  const random = randomFrom(7);
  let killed = 0;
  expect(runPlainly(folder, "1")).toBe("ready\ndone\n");
  for (let round = 0; round < 15; round += 1) {
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
  expect(killed).toBe(15);
});
