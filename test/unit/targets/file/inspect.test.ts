/** What `doctor` sees of a file target, and of a key in an environment file. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { context } from "../../../contract/file/world.ts";
import { tempFolder } from "../../../temp-folder.ts";
import type { Finding } from "../../../../src/domain/check.ts";
import { envFile } from "../../../../src/targets/env-file.ts";
import { file } from "../../../../src/targets/file.ts";

const signal = new AbortController().signal;
const AROUND = { files: [], isOurs: () => true };
const isRoot = process.geteuid?.() === 0;

async function inspectFile(path: string, settings: object = {}): Promise<readonly Finding[]> {
  const target = await file.connect(file.schema.parse({ kind: "file", path, ...settings }), "api", context);
  expect(target.files).toEqual([path]);
  return (await target.inspect?.(AROUND, signal)) ?? [];
}

async function inspectKey(path: string, settings: object = {}): Promise<readonly Finding[]> {
  const wanted = { kind: "env-file", path, key: "API_KEY", format: "dotenv", ...settings };
  const target = await envFile.connect(envFile.schema.parse(wanted), "api", context);
  expect(target.files).toEqual([path]);
  return (await target.inspect?.(AROUND, signal)) ?? [];
}

function failed(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ result }) => result === "failed").map(({ check }) => check);
}

function message(findings: readonly Finding[], check: Finding["check"]): string {
  return findings.find((one) => one.check === check)?.message ?? "";
}

it("says what stands there: nothing, something by hand, or a version", async () => {
  const folder = tempFolder();
  const path = join(folder, "key");
  expect(message(await inspectFile(path), "content")).toMatch(/^nothing stands at/);
  writeFileSync(path, "by hand");
  expect(message(await inspectFile(path), "content")).toMatch(/a file of 7 bytes/);
  const other = join(folder, "other");
  writeFileSync(join(folder, "other_v3.0run0.1"), "a version");
  symlinkSync("other_v3.0run0.1", other);
  expect(message(await inspectFile(other), "content")).toMatch(/holds version 3 of api/);
});

it("changes nothing in the folder", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "key"), "by hand");
  const look = (): unknown => [
    readdirSync(folder),
    statSync(folder).mtimeMs,
    statSync(join(folder, "key")).mtimeMs,
  ];
  const before = look();
  await inspectFile(join(folder, "key"));
  expect(look()).toEqual(before);
});

it.each([
  ["a folder that is not there", (folder: string) => join(folder, "none", "key"), ["folder"], {}],
  ["a file where the folder should be", (folder: string) => join(put(folder, "x"), "key"), ["folder"], {}],
  ["a folder where the file should be", made, ["replaceable", "content"], {}],
  [
    "an owner whom nobody knows",
    (folder: string) => join(folder, "key"),
    ["file-owner"],
    { owner: "no-such-user" },
  ],
  [
    "a group that nobody knows",
    (folder: string) => join(folder, "key"),
    ["file-owner"],
    { owner: "root:nobodies" },
  ],
])("%s", async (_what, pathIn, expected, settings) => {
  expect(failed(await inspectFile(pathIn(tempFolder()), settings))).toEqual(expected);
});

it("a folder that everybody may write to has failed, one with the sticky bit has not", async () => {
  const folder = tempFolder();
  chmodSync(folder, 0o777);
  expect(failed(await inspectFile(join(folder, "key")))).toEqual(["folder"]);
  chmodSync(folder, 0o1777);
  expect(failed(await inspectFile(join(folder, "key")))).toEqual([]);
});

it.runIf(isRoot)("a file that is a mount of its own cannot be replaced", async () => {
  const folder = tempFolder();
  const [path, source] = [join(folder, "a key"), join(folder, "source")];
  for (const each of [path, source]) writeFileSync(each, "x");
  execFileSync("mount", ["--bind", source, path]);
  try {
    expect(failed(await inspectFile(path))).toEqual(["replaceable"]);
  } finally {
    execFileSync("umount", [path]);
  }
});

it.runIf(isRoot)("root may give files away, which is only inferred", async () => {
  const path = join(tempFolder(), "env");
  writeFileSync(path, "API_KEY=x\n");
  chownSync(path, 1234, 1234);
  const findings = await inspectKey(path);
  expect(failed(findings)).toEqual([]);
  expect(findings).toContainEqual(
    expect.objectContaining({
      check: "file-owner",
      result: "inferred",
      message: expect.stringContaining("1234:1234") as string,
    }),
  );
});

it("an environment file that is a link has failed", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "real"), "API_KEY=x\n");
  symlinkSync("real", join(folder, "env"));
  expect(failed(await inspectKey(join(folder, "env")))).toEqual(["content"]);
});

it("tells the value in an environment file to nobody", async () => {
  const path = join(tempFolder(), "env");
  writeFileSync(path, "API_KEY=canary-71c\n");
  const findings = await inspectKey(path);
  expect(message(findings, "content")).toMatch(/a value of API_KEY/);
  expect(JSON.stringify(findings)).not.toContain("canary");
});

function put(folder: string, name: string): string {
  writeFileSync(join(folder, name), "");
  return join(folder, name);
}

function made(folder: string): string {
  mkdirSync(join(folder, "key"));
  return join(folder, "key");
}
