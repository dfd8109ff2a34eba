import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CANARY, change, fileAt, signal, version } from "./folder.ts";
import { describeEngine, requireEngine } from "../../../engines/require-engine.ts";
import { tempFolder } from "../../../temp-folder.ts";

const PAGE = 4096;
const MOUNT = ["-t", "tmpfs", "-o", `size=${16 * PAGE},nr_inodes=12`, "keyturn-test"];

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(error?.message ?? stderr.trim());
}

const engine = await requireEngine("small tmpfs mounts", () => {
  const folder = `/tmp/keyturn-mount-${process.pid}`;
  run("mkdir", "-p", folder);
  try {
    run("mount", ...MOUNT, folder);
    run("umount", folder);
  } finally {
    run("rmdir", folder);
  }
});

describeEngine(engine, "a file target on a file system that is full", () => {
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
    run("mount", ...MOUNT, folder);
  });
  afterEach(() => run("umount", folder));

  const content = `${CANARY}${"x".repeat(5 * PAGE)}`;

  it.each([0, 1, 4])(
    "has room for %i pages: the copy is refused, nothing of it is left, and it heals",
    async (pages) => {
      const { target } = await fileAt("api", {}, [], folder);
      fill(folder, pages);
      const before = readdirSync(folder);
      const refused = target.store.deliver(version(1, content), signal);
      await expect(refused).rejects.toMatchObject({ code: "disk-full", kind: "transient" });
      expect(readdirSync(folder)).toEqual(before);
      rmSync(join(folder, "filler"));
      await target.store.deliver(version(1, content), signal);
      expect(readFileSync(join(folder, "api_v1.run1.1"), "utf8")).toBe(content);
    },
  );

  it("has no room for a link: the stable path stays as it is, and heals", async () => {
    const { target, consumer, path } = await fileAt("api", {}, [], folder);
    await target.store.deliver(version(1, "one"), signal);
    await consumer.activate([change(version(1, ""))], signal);
    await target.store.deliver(version(2, "two"), signal);
    const fillers = useUpInodes(folder);
    const refused = consumer.activate([change(version(2, ""))], signal);
    await expect(refused).rejects.toMatchObject({ code: "disk-full", kind: "transient" });
    expect(readlinkSync(path)).toBe("api_v1.run1.1");
    expect(readFileSync(path, "utf8")).toBe("one");
    for (const each of fillers) rmSync(each);
    await consumer.activate([change(version(2, ""))], signal);
    expect(readFileSync(path, "utf8")).toBe("two");
  });
});

/** Leaves room for so many pages. */
function fill(folder: string, pages: number): void {
  writeFileSync(join(folder, "filler"), Buffer.alloc((16 - pages) * PAGE));
}

function useUpInodes(folder: string): readonly string[] {
  const made: string[] = [];
  for (;;) {
    const path = join(folder, `filler-${made.length}`);
    try {
      writeFileSync(path, "");
    } catch {
      return made;
    }
    made.push(path);
  }
}
