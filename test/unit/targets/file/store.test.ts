import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CANARY, change, fileAt, signal, version } from "./folder.ts";

const asRoot = process.geteuid?.() === 0;

it("a copy is named for its version and attempt, and has the configured content and mode", async () => {
  const { folder, target } = await fileAt("api", { content: "password={value}\n", mode: "0440" });
  await target.store.deliver(version(3, "s3cret"), signal);
  const path = join(folder, "api_v3.run3.1");
  expect(readFileSync(path, "utf8")).toBe("password=s3cret\n");
  expect(statSync(path).mode & 0o7777).toBe(0o440);
  expect(readdirSync(folder)).toEqual(["api_v3.run3.1"]);
});

it.runIf(asRoot)("a copy belongs to the configured owner, given by name or by number", async () => {
  const named = await fileAt("api", { owner: "nobody:daemon" });
  await named.target.store.deliver(version(1, "x"), signal);
  const numbered = await fileAt("api", { owner: "1234:4321" });
  await numbered.target.store.deliver(version(1, "x"), signal);
  const ids = [named, numbered]
    .map(({ folder }) => statSync(join(folder, "api_v1.run1.1")))
    .map(({ uid, gid }) => [uid, gid]);
  expect(ids).toEqual([
    [65534, 1],
    [1234, 4321],
  ]);
});

it("an owner that does not exist is refused before anything is begun", async () => {
  const { target, folder } = await fileAt("api", { owner: "no-such-user" });
  await expect(target.store.highest(signal)).rejects.toMatchObject({
    code: "file-refused",
    kind: "rejected",
  });
  await expect(target.store.deliver(version(1, CANARY), signal)).rejects.toMatchObject({
    code: "file-refused",
  });
  expect(readdirSync(folder)).toEqual([]);
});

it.runIf(asRoot)("delivering again gives a copy the mode and owner that are configured by now", async () => {
  const before = await fileAt("api");
  await before.target.store.deliver(version(1, "x"), signal);
  const after = await fileAt("api", { mode: "0444", owner: "1234" }, [], before.folder);
  await after.target.store.deliver(version(1, "x"), signal);
  const { mode, uid } = statSync(join(before.folder, "api_v1.run1.1"));
  expect([mode & 0o7777, uid]).toEqual([0o444, 1234]);
});

it("a copy with other content under this version's very name is a conflict", async () => {
  const { folder, target } = await fileAt("api");
  const planted = join(folder, "api_v1.run1.1");
  for (const content of ["other", "longer than what it should hold", ""]) {
    writeFileSync(planted, content);
    await expect(target.store.deliver(version(1, "mine!"), signal)).rejects.toMatchObject({
      code: "store-conflict",
    });
    expect(readFileSync(planted, "utf8")).toBe(content);
  }
});

it("a link planted under the copy's name, or under the name it is written to, is not followed", async () => {
  const { folder, target } = await fileAt("api");
  const outside = join(folder, "outside");
  writeFileSync(outside, "untouched", { mode: 0o644 });
  symlinkSync(outside, join(folder, ".api_v1.run1.1.keyturn"));
  await target.store.deliver(version(1, CANARY), signal);
  symlinkSync(outside, join(folder, "api_v2.run2.1"));
  await expect(target.store.deliver(version(2, CANARY), signal)).rejects.toMatchObject({
    code: "store-conflict",
  });
  expect(readFileSync(outside, "utf8")).toBe("untouched");
  expect(statSync(outside).mode & 0o777).toBe(0o644);
  expect(lstatSync(join(folder, "api_v1.run1.1")).isFile()).toBe(true);
});

it("what a killed attempt left half-written is replaced, and gone with a withdrawal", async () => {
  const { folder, target } = await fileAt("api");
  const left = join(folder, ".api_v1.run1.1.keyturn");
  writeFileSync(left, CANARY.slice(0, 5));
  await target.store.deliver(version(1, CANARY), signal);
  expect(readdirSync(folder)).toEqual(["api_v1.run1.1"]);
  writeFileSync(left, CANARY.slice(0, 5));
  await target.store.withdraw(version(1, CANARY).ref, signal);
  expect(readdirSync(folder)).toEqual([]);
});

it("names that begin alike, and names with dots, keep to themselves", async () => {
  const folder = (await fileAt("api")).folder;
  const names = ["api", "api.key", "api_v1", "api_v1.run1.1", "ap"];
  const places = await Promise.all(names.map((name) => fileAt(name, {}, [], folder)));
  for (const [index, { target }] of places.entries()) {
    await target.store.deliver(version(index + 10, names[index] ?? ""), signal);
  }
  for (const [index, { target, consumer, path }] of places.entries()) {
    expect(await target.store.highest(signal)).toBe(index + 10);
    const { ref } = version(index + 10, "");
    await consumer.activate([change(version(index + 10, ""))], signal);
    expect((await consumer.current(signal)).items[0]?.held).toEqual({ kind: "version", ref });
    expect(readFileSync(path, "utf8")).toBe(names[index]);
  }
});

it("withdraw never removes what the stable path links to", async () => {
  const { target, consumer, path } = await fileAt("api");
  await target.store.deliver(version(1, "in use"), signal);
  await consumer.activate([change(version(1, ""))], signal);
  const refused = target.store.withdraw(version(1, "").ref, signal);
  await expect(refused).rejects.toMatchObject({ code: "copy-in-use", kind: "rejected" });
  expect(readFileSync(path, "utf8")).toBe("in use");
});

it("a folder that is not there is refused with a hint, and nothing has to be withdrawn from it", async () => {
  const { target, folder } = await fileAt("api");
  const { rmdirSync } = await import("node:fs");
  rmdirSync(folder);
  const refusal = {
    code: "file-refused",
    kind: "rejected",
    hint: expect.stringContaining("Create the folder") as string,
  };
  await expect(target.store.highest(signal)).rejects.toMatchObject(refusal);
  await expect(target.store.deliver(version(1, CANARY), signal)).rejects.toMatchObject(refusal);
  await expect(target.store.withdraw(version(1, CANARY).ref, signal)).resolves.toBeUndefined();
  mkdirSync(folder);
});

it("a process's umask makes no copy more open or more closed than configured", async () => {
  const before = process.umask(0);
  try {
    const { folder, target } = await fileAt("api");
    await target.store.deliver(version(1, "x"), signal);
    expect(statSync(join(folder, "api_v1.run1.1")).mode & 0o7777).toBe(0o400);
    chmodSync(folder, 0o700);
  } finally {
    process.umask(before);
  }
});
