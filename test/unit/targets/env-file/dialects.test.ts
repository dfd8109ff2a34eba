/** Whatever the value and the file around it: the value is read back by others, and everything else stays. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseDotenv, parseEnvironmentFile } from "./readers.ts";
import { describeEngine, requireEngine } from "../../../engines/require-engine.ts";
import { tempFolder } from "../../../temp-folder.ts";
import { dotenv } from "../../../../src/targets/env-file/dotenv.ts";
import type { EnvDialect } from "../../../../src/targets/env-file/env-dialect.ts";
import { withAssignment, withValue, withoutKey } from "../../../../src/targets/env-file/env-text.ts";
import { systemd } from "../../../../src/targets/env-file/systemd.ts";

const KEY = "API_KEY";
const PATH = "/etc/app.env";

/** Text in which everything that means something to a reader is frequent. */
const awkward = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from("'\"`\\$#;= \t\n~!&|<>(){}[]*?%^,")),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    ),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(""));
/** What systemd would drop is left out. */
const value = awkward.filter((text) => !/[^\P{Cc}\t\n\u0080-\u009f]/u.test(text));

const line = fc.oneof(
  fc.constantFrom(
    "",
    "# API_KEY=1",
    "A=1",
    "API_KEY2=x",
    "B='a b'",
    'C="q\\"r"',
    "D='multi\nAPI_KEY=9\nline'",
    "  ",
    "E=x # y",
  ),
  fc
    .tuple(fc.constantFrom("A", "B", "MY_API_KEY"), fc.stringMatching(/^[a-z0-9 ]{0,6}$/))
    .map(([key, text]) => `${key}=${text}`),
);
const file = fc
  .tuple(
    fc.array(line, { maxLength: 6 }),
    fc.constantFrom("\n", "\r\n"),
    fc.boolean(),
    fc.boolean(),
    fc.nat(),
  )
  .map(([lines, eol, ended, set, at]) => {
    const all = [...lines];
    if (set) all.splice(at % (lines.length + 1), 0, "API_KEY=before");
    return all.join(eol) + (ended && all.length > 0 ? eol : "");
  });

const READERS: Readonly<
  Record<string, readonly [EnvDialect, (text: string) => ReadonlyMap<string, string>]>
> = {
  dotenv: [dotenv, parseDotenv],
  systemd: [systemd, parseEnvironmentFile],
};

it.each(Object.entries(READERS))(
  "%s: the value is read back, and others stay to the byte",
  (_name, [dialect, read]) => {
    fc.assert(
      fc.property(file, value, value, (before, first, second) => {
        const start = Buffer.from(before);
        const once = withValue(start, KEY, quote(dialect, first), dialect, PATH);
        expect(read(once.toString()).get(KEY)).toBe(first);
        expectUntouched(once, start, dialect);
        expect(others(read(once.toString()))).toEqual(others(read(before)));
        const twice = withValue(once, KEY, quote(dialect, second), dialect, PATH);
        expect(read(twice.toString()).get(KEY)).toBe(second);
        const found = dialect.scan(start, PATH).assignments.findLast(({ key }) => key === KEY);
        const back =
          found === undefined
            ? withoutKey(twice, KEY, dialect, PATH)
            : withAssignment(twice, KEY, start.subarray(found.start, found.end), dialect, PATH);
        expect(back.toString()).toBe(before);
      }),
      { numRuns: 400 },
    );
  },
);

it("dotenv: Node reads the value, too, where it wants no backslash", () => {
  const plain = value.filter((text) => !/['\\]/.test(text));
  fc.assert(
    fc.property(plain, (text) => {
      const written = withValue(Buffer.from("A=1\n"), KEY, quote(dotenv, text), dotenv, PATH);
      expect(parseEnv(written.toString())).toEqual({ A: "1", [KEY]: text });
    }),
  );
});

it("systemd: a shell reads the value, too; so it does of dotenv's where no reader wants a backslash", () => {
  const path = join(tempFolder(), "app.env");
  const sample = fc.sample(value, { numRuns: 20, seed: 7 }).filter((text) => !text.endsWith("\n"));
  for (const text of ["$HOME ${HOME} $$ `echo x` $(echo x)", "a'b\"c\\d", "~", "*", ...sample]) {
    for (const dialect of [systemd, ...(/['\\]/.test(text) ? [] : [dotenv])]) {
      writeFileSync(path, Buffer.concat([Buffer.from(`${KEY}=`), quote(dialect, text), Buffer.from("\n")]));
      const script = 'set -a; . "$1"; printf %s "$API_KEY"';
      expect(execFileSync("bash", ["-c", script, "bash", path], { encoding: "utf8" })).toBe(text);
    }
  }
});

const systemdAnalyze = await requireEngine("systemd-analyze", probeSystemd);

describeEngine(systemdAnalyze, "systemd itself", () => {
  it("reads the value, and knows it from another", () => {
    const sample = fc.sample(value, { numRuns: 12, seed: 11 }).filter((text) => !text.includes("\n"));
    for (const text of sample) {
      // The question is asked with operators, which a value must not begin with.
      const said = `v${text}`;
      const before = Buffer.from("# c\nA='x\ny'\nAPI_KEY=old\nB=2\n");
      const written = withValue(before, KEY, quote(systemd, said), systemd, PATH);
      expect([systemdReads(written, said), systemdReads(written, `${said}x`)]).toEqual([true, false]);
      expect(systemdReads(written, "2", "B")).toBe(true);
    }
  });
});

it("any bytes at all can be scanned, and what is replaced is a part of them", () => {
  fc.assert(
    fc.property(awkward, fc.constantFrom(dotenv, systemd), (text, dialect) => {
      const bytes = Buffer.from(text.replaceAll("\\", dialect === systemd ? "/" : "\\"));
      for (const { start, valueStart, valueEnd, end } of dialect.scan(bytes, PATH).assignments) {
        const marks = [0, start, valueStart, valueEnd, end, bytes.length];
        expect(marks).toEqual(marks.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 1_000 },
  );
});

function quote(dialect: EnvDialect, text: string): Buffer {
  const quoted = dialect.quote(Buffer.from(text));
  if (quoted === null) throw new Error(`cannot say ${JSON.stringify(text)}`);
  return quoted;
}

/** What stood before and after the value stands there still; where there was none, the whole file does. */
function expectUntouched(now: Buffer, before: Buffer, dialect: EnvDialect): void {
  const found = dialect.scan(before, PATH).assignments.findLast(({ key }) => key === KEY);
  const head = before.subarray(0, found?.valueStart ?? before.length);
  const tail = before.subarray(found?.valueEnd ?? before.length);
  expect(now.subarray(0, head.length).equals(head)).toBe(true);
  expect(now.subarray(now.length - tail.length).equals(tail)).toBe(true);
}

function others(all: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...all].filter(([key]) => key !== KEY);
}

/** os-release is read by the parser of EnvironmentFile, and systemd-analyze(1) compares what is in it literally. */
function systemdReads(file: Buffer, expected: string, key = KEY): boolean {
  const path = join(tempFolder(), "os-release");
  writeFileSync(path, file);
  const escaped = `${key}=${expected}`.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll("%", "%%");
  return asksSystemd(path, `ConditionOSRelease="${escaped}"`);
}

function asksSystemd(path: string, condition: string): boolean {
  const env = { ...process.env, SYSTEMD_OS_RELEASE: path };
  return spawnSync("systemd-analyze", ["condition", condition], { env }).status === 0;
}

/** Some systems have no systemd, or one that does not take the file's path. */
function probeSystemd(): void {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-ask-"));
  const path = join(folder, "os-release");
  writeFileSync(path, "KEYTURN_ASKS=1\n");
  const can = asksSystemd(path, "ConditionOSRelease=KEYTURN_ASKS=1");
  rmSync(folder, { recursive: true });
  if (!can) throw new Error("it is not there, or reads no os-release but the system's");
}
