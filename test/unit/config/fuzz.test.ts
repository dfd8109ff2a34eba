import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load-config.ts";
import { ConfigError } from "../../../src/config/problem.ts";
import { folderWith, KINDS, MAIN } from "./config-folder.ts";

const SHIPPED = readFileSync(
  new URL("../../../schedules/oauth2-client-secrets.yaml", import.meta.url),
  "utf8",
);

/** Either it loads, or it is a `ConfigError` whose every problem can be shown. */
function loadsOrExplains(file: string): void {
  const startedAt = performance.now();
  try {
    loadConfig(file, KINDS, {});
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { message, line } of error.problems) {
      expect(message).not.toBe("");
      expect(line === null || line >= 1).toBe(true);
    }
  }
  expect(performance.now() - startedAt).toBeLessThan(10_000);
}

function writer() {
  const folder = folderWith({ "keyturn.yaml": MAIN });
  mkdirSync(join(folder, "schedules"));
  return (main: string | Uint8Array, schedule: string | Uint8Array) => {
    writeFileSync(join(folder, "keyturn.yaml"), main);
    writeFileSync(join(folder, "schedules/a.yaml"), schedule);
    return join(folder, "keyturn.yaml");
  };
}

const JUNK = fc.constantFrom(
  "",
  ":",
  " ",
  "\n",
  "\t",
  "[",
  "]",
  "{",
  "}",
  "&a ",
  "*a",
  "!!binary ",
  "!x ",
  "|",
  ">",
  "- ",
  "? ",
  "<<: *a",
  "~",
  "null",
  "1",
  "-1",
  ".inf",
  "true",
  '"',
  "'",
  "#",
  "%YAML 1.1\n",
  "---\n",
  "__proto__: 1\n",
  "constructor: { a: b }\n",
  "0x10",
  "9".repeat(30),
  "\u0000",
  "\u2028",
  "\uD800",
  "${",
  "${X}",
  "{value}",
  "90d",
  "%",
  "@",
);

const edits = fc.array(
  fc.record({ at: fc.nat(), cut: fc.nat({ max: 40 }), put: fc.oneof(JUNK, fc.string({ maxLength: 12 })) }),
  { minLength: 1, maxLength: 4 },
);

function mutate(text: string, changes: readonly { at: number; cut: number; put: string }[]): string {
  return changes.reduce((now, { at, cut, put }) => {
    const start = at % (now.length + 1);
    return now.slice(0, start) + put + now.slice(start + cut);
  }, text);
}

test("a configuration with random edits loads or says what is wrong with it", () => {
  const write = writer();
  fc.assert(
    fc.property(edits, edits, (main, schedule) =>
      loadsOrExplains(write(mutate(MAIN, main), mutate(SHIPPED, schedule))),
    ),
    { numRuns: 200 },
  );
}, 60_000);

test("random values in every place load or say what is wrong with them", () => {
  const write = writer();
  const name = fc.oneof(
    fc.constantFrom("api", "p", "__proto__", "toString", "constructor"),
    fc.string({ maxLength: 6 }),
  );
  const kinded = fc.record(
    {
      kind: fc.constantFrom("file", "random", "http", "entra-password", "docker-secret", "x"),
      connection: name,
      path: fc.jsonValue(),
      reload: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const secret = fc.record(
    {
      policy: name,
      issuer: fc.oneof(kinded, fc.jsonValue()),
      targets: fc.oneof(fc.array(kinded, { maxLength: 2 }), fc.jsonValue()),
      dependsOn: fc.array(name, { maxLength: 3 }),
      probes: fc.jsonValue(),
      labels: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const schedule = fc.record(
    {
      policies: fc.oneof(fc.dictionary(name, fc.jsonValue()), fc.jsonValue()),
      secrets: fc.oneof(fc.dictionary(name, secret), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(schedule, fc.oneof(fc.constant(MAIN), fc.json()), (value, main) =>
      loadsOrExplains(write(main, JSON.stringify(value))),
    ),
    { numRuns: 150 },
  );
}, 60_000);

test("random bytes load or say what is wrong with them", () => {
  const write = writer();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (main, schedule) =>
      loadsOrExplains(write(main, schedule)),
    ),
    { numRuns: 150 },
  );
}, 60_000);

test.each([
  ["one key again and again", "abc: 1\n".repeat(37_000)],
  ["as many keys as fit", Array.from({ length: 22_000 }, (_, index) => `k${index}: 1`).join("\n")],
  ["lists in lists", "- ".repeat(130_000)],
  ["brackets", "[".repeat(260_000)],
  ["bad escapes", `"${"\\x".repeat(130_000)}`],
  ["maps in maps", "{a: ".repeat(65_000)],
  [
    "as many secrets as fit",
    `secrets:\n${Array.from({ length: 15_000 }, (_, index) => `  s${index}: {}\n`).join("")}`,
  ],
])(
  "a large hostile schedule is told in bounded time: %s",
  (_name, text) => {
    const write = writer();
    const startedAt = performance.now();
    expect(() => loadConfig(write(MAIN, text), KINDS, {})).toThrow(ConfigError);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  },
  60_000,
);
