import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { envFileWith, type EnvPlace } from "./place.ts";
import { CANARY, change, fileAt, signal, version } from "../file/folder.ts";
import { tempFolder } from "../../../temp-folder.ts";
import type { Held, Reload } from "../../../../src/domain/ports.ts";

async function put({ target, consumer }: EnvPlace, number: number, content: string): Promise<void> {
  const created = version(number, content);
  await target.store.deliver(created, signal);
  await consumer.activate([change(created)], signal);
}

async function held({ consumer }: EnvPlace): Promise<Held | undefined> {
  return (await consumer.current(signal)).items[0]?.held;
}

const text = (place: EnvPlace): string => readFileSync(place.path, "utf8");

describe.each(["dotenv", "systemd"] as const)("%s: one key changes and every other byte stays", (format) => {
  it.each([
    ["in the middle", "# c\nA=1\nAPI_KEY=old\n\nB=2\n", "# c\nA=1\nAPI_KEY=new\n\nB=2\n"],
    ["at the end, without a newline", "A=1\nAPI_KEY=old", "A=1\nAPI_KEY=new"],
    ["with CRLF", "A=1\r\nAPI_KEY=old\r\nB=2\r\n", "A=1\r\nAPI_KEY=new\r\nB=2\r\n"],
    ["set twice: the last one counts", "API_KEY=a\nAPI_KEY=b\nB=2\n", "API_KEY=a\nAPI_KEY=new\nB=2\n"],
    [
      "beside keys and comments that look alike",
      "#API_KEY=x\nMY_API_KEY=1\nAPI_KEY2=2\nAPI_KEY='o'\n",
      "#API_KEY=x\nMY_API_KEY=1\nAPI_KEY2=2\nAPI_KEY=new\n",
    ],
    [
      "inside somebody's quotes it is no key",
      "A='x\nAPI_KEY=1\ny'\nAPI_KEY=old\n",
      "A='x\nAPI_KEY=1\ny'\nAPI_KEY=new\n",
    ],
    ["over several lines", 'A=1\nAPI_KEY="-----\nMII\n-----"\nB=2\n', "A=1\nAPI_KEY=new\nB=2\n"],
    ["not there", "A=1\n", "A=1\nAPI_KEY=new\n"],
    ["not there, and no newline", "A=1", "A=1\nAPI_KEY=new"],
    ["not there, and CRLF", "A=1\r\nB=2", "A=1\r\nB=2\r\nAPI_KEY=new"],
    ["an empty file", "", "API_KEY=new\n"],
    ["no file", null, "API_KEY=new\n"],
  ])("%s; and a revert brings back what was there", async (_what, before, after) => {
    const place = await envFileWith(before, { format });
    const baseline = await place.consumer.current(signal);
    await put(place, 1, "new");
    expect(text(place)).toBe(after);
    expect(await held(place)).toMatchObject({ kind: "version", ref: { version: 1 } });
    await place.consumer.revert(baseline, ["api"], signal);
    expect(existsSync(place.path) ? text(place) : null).toBe(before);
    await place.consumer.revert(baseline, ["api"], signal);
    expect(existsSync(place.path) ? text(place) : null).toBe(before);
    await place.target.store.withdraw(version(1, "new").ref, signal);
    expect(readdirSync(place.folder)).toEqual(before === null ? [] : ["app.env"]);
  });
});

it.each([
  ["export and a comment", "export API_KEY = old # keep\n", "export API_KEY = new # keep\n"],
  ["quotes and a comment", `API_KEY="a # b"  # it's\n`, `API_KEY=new  # it's\n`],
  ["a hash in the value", "API_KEY=ab#cd\n", "API_KEY=new\n"],
  ["a backslash before the closing quote", "A='C:\\dir\\'\nAPI_KEY='o'\n", "A='C:\\dir\\'\nAPI_KEY=new\n"],
  ["a quote that is never closed", 'A="it\nAPI_KEY=old\n', 'A="it\nAPI_KEY=new\n'],
  ["nothing but a comment", "API_KEY= # todo\n", "API_KEY=new # todo\n"],
])("dotenv: %s", async (_what, before, after) => {
  const place = await envFileWith(before);
  const baseline = await place.consumer.current(signal);
  await put(place, 1, "new");
  expect(text(place)).toBe(after);
  await place.consumer.revert(baseline, ["api"], signal);
  expect(text(place)).toBe(before);
});

it.each([
  ["a continued value", "API_KEY=a\\\nb\nB=2\n", "API_KEY=new\nB=2\n"],
  ["a continued neighbour", "A=1 \\\nAPI_KEY=no\nAPI_KEY=old\n", "A=1 \\\nAPI_KEY=no\nAPI_KEY=new\n"],
  ["whitespace around the key", "  API_KEY = old \nB=2", "  API_KEY =new\nB=2"],
  ["a comment that begins with a semicolon", ";API_KEY=1\nAPI_KEY=old\n", ";API_KEY=1\nAPI_KEY=new\n"],
  ["a neighbour continued into the end", "A=1\\\n", "A=1\\\n\nAPI_KEY=new"],
])("systemd: %s", async (_what, before, after) => {
  const place = await envFileWith(before, { format: "systemd" });
  const baseline = await place.consumer.current(signal);
  await put(place, 1, "new");
  expect(text(place)).toBe(after);
  await place.consumer.revert(baseline, ["api"], signal);
  expect(text(place)).toBe(before);
});

it.each([
  ["ends within quotes", "A='x\n"],
  ["has a comment that ends in a backslash", "# x\\\nAPI_KEY=1\n"],
])("systemd: a file that %s is refused, and stays", async (_what, before) => {
  const place = await envFileWith(before, { format: "systemd" });
  await expect(put(place, 1, CANARY)).rejects.toMatchObject({ code: "file-refused", kind: "rejected" });
  expect(text(place)).toBe(before);
});

describe("which version is in use", () => {
  it("a key that was edited by hand is foreign, does not confirm, and comes back as it was edited", async () => {
    const place = await envFileWith("API_KEY=old\n");
    await put(place, 1, "first");
    writeFileSync(place.path, "API_KEY='by hand' # mine\n");
    expect(await held(place)).toMatchObject({ kind: "foreign" });
    await expect(place.consumer.confirm([change(version(1, "first"))], signal)).rejects.toMatchObject({
      code: "not-in-use",
    });
    const edited = await place.consumer.current(signal);
    await put(place, 2, "second");
    await place.consumer.revert(edited, ["api"], signal);
    expect(text(place)).toBe("API_KEY='by hand' # mine\n");
  });

  it("an older version that was put back by hand is that version", async () => {
    const place = await envFileWith("API_KEY=old\n");
    await put(place, 1, "first");
    await put(place, 2, "second");
    writeFileSync(place.path, 'API_KEY="first"\n');
    expect(await held(place)).toMatchObject({ kind: "version", ref: { version: 1 } });
  });

  it("of two versions with the same content, the one that was put in is", async () => {
    const place = await envFileWith("API_KEY=same\n");
    await place.target.store.deliver(version(1, "same"), signal);
    expect(await held(place)).toMatchObject({ kind: "foreign" });
    await put(place, 1, "same");
    await place.target.store.deliver(version(2, "same"), signal);
    expect(await held(place)).toMatchObject({ kind: "version", ref: { version: 1 } });
  });

  it("between the two writes of a switch it is still the one before", async () => {
    const place = await envFileWith("API_KEY=old\n");
    await put(place, 1, "first");
    await place.target.store.deliver(version(2, "second"), signal);
    const link = join(place.folder, "app.env.API_KEY");
    unlinkSync(link);
    symlinkSync("app.env.API_KEY_v2.run2.1", link);
    expect(await held(place)).toMatchObject({ kind: "version", ref: { version: 1 } });
    await place.consumer.activate([change(version(2, "second"))], signal);
    expect(await held(place)).toMatchObject({ kind: "version", ref: { version: 2 } });
  });

  it("the link leads to the copy, which nobody else may read and which is not withdrawn in use", async () => {
    const place = await envFileWith("API_KEY=old\n");
    await put(place, 1, "first");
    expect(readlinkSync(join(place.folder, "app.env.API_KEY"))).toBe("app.env.API_KEY_v1.run1.1");
    const copy = join(place.folder, "app.env.API_KEY_v1.run1.1");
    expect([readFileSync(copy, "utf8"), statSync(copy).mode & 0o777]).toEqual(["first", 0o400]);
    await expect(place.target.store.withdraw(version(1, "first").ref, signal)).rejects.toMatchObject({
      code: "copy-in-use",
    });
  });
});

it("the file keeps its mode unless another is configured, and a new one is its owner's alone", async () => {
  const modeOf = (place: EnvPlace): number => statSync(place.path).mode & 0o777;
  const kept = await envFileWith("A=1\n");
  chmodSync(kept.path, 0o664);
  await put(kept, 1, "x");
  const given = await envFileWith("A=1\n", { mode: "0440" });
  await put(given, 1, "x");
  const fresh = await envFileWith(null);
  await put(fresh, 1, "x");
  expect([kept, given, fresh].map(modeOf)).toEqual([0o664, 0o440, 0o600]);
});

it("a link in the file's place, and a file in the link's, are refused and stay", async () => {
  const linked = await envFileWith("A=1\n");
  const real = join(linked.folder, "real.env");
  writeFileSync(real, "A=1\n");
  unlinkSync(linked.path);
  symlinkSync("real.env", linked.path);
  await expect(linked.target.store.highest(signal)).rejects.toMatchObject({ code: "file-refused" });
  expect([lstatSync(linked.path).isSymbolicLink(), readFileSync(real, "utf8")]).toEqual([true, "A=1\n"]);
  const taken = await envFileWith("A=1\n");
  writeFileSync(join(taken.folder, "app.env.API_KEY"), "theirs");
  await expect(taken.target.store.highest(signal)).rejects.toMatchObject({ code: "file-refused" });
  await expect(put(taken, 1, "x")).rejects.toMatchObject({ code: "file-refused" });
  expect(readFileSync(join(taken.folder, "app.env.API_KEY"), "utf8")).toBe("theirs");
});

it("what cannot be said is refused before it is delivered", async () => {
  const refused = async (format: string, content: string): Promise<void> => {
    const place = await envFileWith("A=1\n", { format });
    await expect(place.target.store.deliver(version(1, content), signal)).rejects.toMatchObject({
      kind: "rejected",
    });
    expect(readdirSync(place.folder)).toEqual(["app.env"]);
  };
  await refused("dotenv", "a\0b");
  await refused("systemd", "a\u0007b");
  await refused("systemd", "a\rb");
  await refused("dotenv", "x".repeat(128 * 1024));
});

it("a file and a key that one process reads switch together, with one reload, and go back together", async () => {
  let reloads = 0;
  const reload: Reload = {
    id: "hup",
    reload: async () => {
      reloads += 1;
    },
  };
  const folder = tempFolder();
  const env = await envFileWith("API_KEY=old\n", {}, folder, [reload]);
  const file = await fileAt("api", {}, [reload], folder);
  const both = file.consumer.join(env.consumer);
  const baseline = await both.current(signal);
  const created = version(1, "new");
  for (const { store } of [env.target, file.target]) await store.deliver(created, signal);
  await both.activate([change(created)], signal);
  await both.confirm([change(created)], signal);
  expect([text(env), readFileSync(file.path, "utf8"), reloads]).toEqual(["API_KEY=new\n", "new", 1]);
  await both.revert(baseline, ["api"], signal);
  expect([text(env), existsSync(file.path), reloads]).toEqual(["API_KEY=old\n", false, 2]);
});

it("a baseline of a target that the configuration no longer has does not pass for restored", async () => {
  const place = await envFileWith("API_KEY=old\n");
  const baseline = await place.consumer.current(signal);
  const other = await envFileWith("OTHER=1\n", { key: "OTHER" }, place.folder);
  await expect(other.consumer.revert(baseline, ["api"], signal)).rejects.toMatchObject({
    code: "secret-unconfigured",
  });
});
