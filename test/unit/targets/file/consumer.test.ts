import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { change, fileAt, signal, version } from "./folder.ts";
import { RotationError } from "../../../../src/domain/errors.ts";
import type { Reload } from "../../../../src/domain/ports.ts";

function counter(id: string): Reload & { count: number } {
  return {
    id,
    count: 0,
    async reload() {
      this.count += 1;
    },
  };
}

it("the stable path becomes a relative link, so that it also holds inside a container", async () => {
  const { target, consumer, path } = await fileAt("api");
  await target.store.deliver(version(1, "one"), signal);
  await consumer.activate([change(version(1, ""))], signal);
  expect(readlinkSync(path)).toBe("api_v1.run1.1");
});

it("a second activate reloads again: nobody knows whether the first one came to it", async () => {
  const reload = counter("a");
  const { target, consumer } = await fileAt("api", {}, [reload]);
  await target.store.deliver(version(1, "one"), signal);
  await consumer.activate([change(version(1, ""))], signal);
  await consumer.activate([change(version(1, ""))], signal);
  expect(reload.count).toBe(2);
});

it("several files behind one process are one consumer, with one item for the secret and one reload", async () => {
  const reload = counter("a");
  const first = await fileAt("one", {}, [reload]);
  const second = await fileAt("two", {}, [reload], first.folder);
  writeFileSync(first.path, "by hand, one", { mode: 0o640 });
  writeFileSync(second.path, "by hand, two", { mode: 0o600 });
  expect(second.consumer.id).toBe(first.consumer.id);
  const joined = first.consumer.join(second.consumer);
  const baseline = await joined.current(signal);
  expect(baseline.items.map(({ secret }) => secret)).toEqual(["api"]);
  for (const { target } of [first, second]) await target.store.deliver(version(1, "new"), signal);
  await joined.activate([change(version(1, ""))], signal);
  expect(await joined.confirm([change(version(1, ""))], signal)).toBe("converged");
  expect([first, second].map(({ path }) => readFileSync(path, "utf8"))).toEqual(["new", "new"]);
  expect(reload.count).toBe(1);
  // The journal keeps `restore` as JSON.
  const kept = {
    ...baseline,
    items: baseline.items.map((item) => ({
      ...item,
      restore: JSON.parse(JSON.stringify(item.restore)) as null,
    })),
  };
  await joined.revert(kept, ["api"], signal);
  expect([first, second].map(({ path }) => readFileSync(path, "utf8"))).toEqual([
    "by hand, one",
    "by hand, two",
  ]);
  expect([first, second].map(({ path }) => lstatSync(path).mode & 0o7777)).toEqual([0o640, 0o600]);
});

it("files with different reloads are different consumers, and a file without one is its own", async () => {
  const ids = [
    await fileAt("x", {}, [counter("a")]),
    await fileAt("x", {}, [counter("a"), counter("b")]),
    await fileAt("x"),
  ];
  expect(ids.map(({ consumer }) => consumer.id)).toEqual([
    "process:a",
    "process:a+b",
    `file:${ids[2]?.path ?? ""}`,
  ]);
});

it("revert brings back nothing, a foreign link, and a file with its mode and owner", async () => {
  const { target, consumer, path } = await fileAt("api");
  await target.store.deliver(version(1, "one"), signal);
  const absent = await consumer.current(signal);
  expect(absent.items[0]?.held).toEqual({ kind: "absent" });
  await consumer.activate([change(version(1, ""))], signal);
  await consumer.revert(absent, ["api"], signal);
  expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
  await consumer.revert(absent, ["api"], signal);

  symlinkSync("/nowhere/else", path);
  const link = await consumer.current(signal);
  expect(link.items[0]?.held.kind).toBe("foreign");
  await consumer.activate([change(version(1, ""))], signal);
  await consumer.revert(link, ["api"], signal);
  expect(readlinkSync(path)).toBe("/nowhere/else");

  unlinkSync(path);
  writeFileSync(path, Buffer.from([0, 255, 10, 13]), { mode: 0o604 });
  const file = await consumer.current(signal);
  await consumer.activate([change(version(1, ""))], signal);
  await consumer.revert(file, ["api"], signal);
  expect([...readFileSync(path)]).toEqual([0, 255, 10, 13]);
  expect(statSync(path).mode & 0o7777).toBe(0o604);
});

it("revert does not remove a file that somebody else put there meanwhile", async () => {
  const { target, consumer, path } = await fileAt("api");
  await target.store.deliver(version(1, "one"), signal);
  const absent = await consumer.current(signal);
  writeFileSync(path, "an operator's");
  await expect(consumer.revert(absent, ["api"], signal)).rejects.toMatchObject({
    code: "file-refused",
    kind: "rejected",
  });
  expect(readFileSync(path, "utf8")).toBe("an operator's");
});

it("a file found before us that is too large to seal is refused, and so is a folder in the way", async () => {
  const { consumer, path } = await fileAt("api");
  writeFileSync(path, Buffer.alloc(1024 * 1024));
  expect((await consumer.current(signal)).items[0]?.held.kind).toBe("foreign");
  writeFileSync(path, Buffer.alloc(1024 * 1024 + 1));
  const tooLarge = { code: "file-refused", message: expect.stringContaining("1048576 bytes") as string };
  await expect(consumer.current(signal)).rejects.toMatchObject(tooLarge);
  unlinkSync(path);
  mkdirSync(path);
  await expect(consumer.current(signal)).rejects.toMatchObject({ code: "file-refused", kind: "rejected" });
});

it("confirm fails when the copy behind the link is gone, and activate when it was never there", async () => {
  const { target, consumer, folder } = await fileAt("api");
  await expect(consumer.activate([change(version(1, ""))], signal)).rejects.toMatchObject({
    code: "copy-missing",
  });
  await target.store.deliver(version(1, "one"), signal);
  await consumer.activate([change(version(1, ""))], signal);
  unlinkSync(join(folder, "api_v1.run1.1"));
  await expect(consumer.confirm([change(version(1, ""))], signal)).rejects.toMatchObject({
    code: "not-in-use",
  });
});

it("on the way back, a process that does not run is waited for a while and then uses nothing", async () => {
  let tries = 0;
  const gone: Reload = {
    id: "gone",
    reload: async () => {
      tries += 1;
      throw new RotationError("process-not-running", { kind: "rejected", message: "it does not run" });
    },
  };
  let elapsedMs = 0;
  const clock = {
    now: () => elapsedMs,
    monotonicMs: () => elapsedMs,
    sleep: async (ms: number) => {
      elapsedMs += ms;
    },
  };
  const { target, consumer } = await fileAt("api", {}, [gone], undefined, clock);
  const baseline = await consumer.current(signal);
  await target.store.deliver(version(1, "one"), signal);
  await expect(consumer.activate([change(version(1, ""))], signal)).rejects.toMatchObject({
    code: "process-not-running",
  });
  await consumer.revert(baseline, ["api"], signal);
  expect(tries).toBeGreaterThan(10);
  expect(elapsedMs).toBe(10_000);
});

it("on the way back, any other failure to reload is a failure", async () => {
  const broken: Reload = {
    id: "broken",
    reload: () => Promise.reject(new RotationError("reload-failed", { kind: "rejected", message: "no" })),
  };
  const { consumer } = await fileAt("api", {}, [broken]);
  const baseline = await consumer.current(signal);
  await expect(consumer.revert(baseline, ["api"], signal)).rejects.toMatchObject({ code: "reload-failed" });
});
