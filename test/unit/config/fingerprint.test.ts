import { chmodSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { configFile, readFingerprint } from "../../../src/config/fingerprint.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { parseSettings } from "../../../src/config/parse-settings.ts";
import { scanSettings } from "../../../src/config/scan-settings.ts";
import { folderWith, KINDS, MAIN, SCHEDULE } from "./config-folder.ts";

const FILES = { "keyturn.yaml": MAIN, "schedules/a.yaml": SCHEDULE };

test("the stamp equals that of the loaded configuration, and so does the state's folder", async () => {
  const file = join(folderWith(FILES), "keyturn.yaml");
  const config = loadConfig(file, KINDS, {});
  expect(await readFingerprint(file, {})).toEqual({
    file,
    stateDir: config.stateDir,
    stamp: config.fingerprint,
  });
});

test.each<[string, (folder: string) => void]>([
  ["a file is written", (folder) => writeFileSync(join(folder, "schedules/a.yaml"), `${SCHEDULE}\n`)],
  ["a file is added", (folder) => writeFileSync(join(folder, "schedules/b.yaml"), "")],
  ["a file is removed", (folder) => rmSync(join(folder, "schedules/a.yaml"))],
  ["keyturn.yaml is written", (folder) => writeFileSync(join(folder, "keyturn.yaml"), `${MAIN}#`)],
  [
    "a file is written with its old size and time",
    (folder) => {
      writeFileSync(join(folder, "schedules/a.yaml"), SCHEDULE.replace("90d", "80d"));
      utimesSync(join(folder, "schedules/a.yaml"), 1, 1);
    },
  ],
])("the stamp changes when %s", async (_name, change) => {
  const folder = folderWith(FILES);
  utimesSync(join(folder, "schedules/a.yaml"), 1, 1);
  const file = join(folder, "keyturn.yaml");
  const before = await readFingerprint(file, {});
  change(folder);
  expect((await readFingerprint(file, {})).stamp).not.toBe(before.stamp);
});

test("the file is the option's, else the environment's, else the system's", () => {
  expect(configFile("/a.yaml", { KEYTURN_CONFIG: "/b.yaml" })).toBe("/a.yaml");
  expect(configFile(undefined, { KEYTURN_CONFIG: "/b.yaml" })).toBe("/b.yaml");
  expect(configFile(undefined, { KEYTURN_CONFIG: "" })).toBe("/etc/keyturn/keyturn.yaml");
});

test("a file that is not there is told as not found", async () => {
  await expect(readFingerprint(join(folderWith({}), "none.yaml"), {})).rejects.toMatchObject({
    code: "config-not-found",
  });
});

test("the usual way of writing is understood without a parser", () => {
  expect(scanSettings(MAIN)).toEqual({ stateDir: "./state", schedules: "./schedules" });
  expect(scanSettings("# c\nstate:\n  dir: ${X:-/a}/b   # here\n  sealKeyFile: /k\n")).toEqual({
    stateDir: "${X:-/a}/b",
    schedules: "./schedules",
  });
});

const piece = fc.constantFrom(
  "state:",
  "state: ",
  "state: { dir: /a }",
  "  dir: /a",
  "  dir: /b # c",
  "    dir: /c",
  "  dir: '/d'",
  "  dir:",
  "  dir: /a:",
  "  dir: /a: b",
  "  sealKeyFile: ./k",
  "  sealKeyFile: |",
  "    text",
  "schedules: ./s",
  "schedules: [./a, ./b]",
  "schedules:",
  "  - ./x",
  "# comment",
  "  # comment",
  "---",
  "...",
  "x: &a",
  "schedules: *a",
  'log: "',
  '"',
  'state: "',
  "}",
  "{",
  "other: |",
  "\tdir: /t",
  "  dir: /u\rdir: /v",
  "  dir: .",
  "",
  "  more",
);

test("what is understood without a parser means the same to the parser", () => {
  const folder = folderWith({});
  const file = join(folder, "keyturn.yaml");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (lines) => {
      const text = lines.join("\n");
      const scanned = scanSettings(text);
      if (scanned === null) return;
      writeFileSync(file, text);
      const parsed = attempt(() => parseSettings(file));
      // A file that is no YAML at all is refused by whoever loads it.
      if (parsed !== null) expect(scanned).toEqual(parsed);
    }),
    { numRuns: 3000 },
  );
  chmodSync(file, 0o600);
});

function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}
