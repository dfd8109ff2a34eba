/** Each import rule is shown to fail: a tree that breaks every one of them, and the good neighbours of each. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ICruiseResult } from "dependency-cruiser";
import { cruise } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import config from "../../../dependency-cruiser.config.ts";

/** [file, what it contains, the rule that must refuse it] */
type Bad = readonly [file: string, text: string, rule: string];

const value = (to: string) => `import { x } from "${to}";\nexport const y = x;\n`;
const type = (to: string) => `import type { X } from "${to}";\nexport type Y = X;\n`;

/** One folder that each folder may not import. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  domain: "run",
  config: "run",
  plan: "journal",
  schedule: "plan",
  journal: "run",
  certificates: "connections",
  connections: "certificates",
  issuers: "targets",
  targets: "reloads",
  reloads: "probes",
  probes: "sinks",
  countermeasures: "targets",
  sinks: "issuers",
  run: "journal",
  daemon: "issuers",
  control: "journal",
  lockdown: "connections",
  cli: "sandbox",
  sandbox: "targets",
};

const BAD: readonly Bad[] = [
  ...Object.entries(FORBIDDEN).map(([from, to]): Bad => [
    `src/${from}/bad.ts`,
    type(`../${to}/good.ts`),
    `arrows-of-${from}`,
  ]),
  ...["plan", "schedule", "journal", "certificates", "connections"].map((from): Bad => [
    `src/${from}/bad-config.ts`,
    value("../config/good.ts"),
    `config-types-only-in-${from}`,
  ]),
  ["src/cli/sandbox.ts", value("../journal/good.ts"), "arrows-of-cli-sandbox"],
  ["src/compose.ts", value("./sandbox/good.ts"), "arrows-of-compose"],
  ["src/main.ts", value("./run/good.ts"), "arrows-of-main"],
  ["src/elsewhere/bad.ts", value("../domain/good.ts"), "place-of-its-own"],
  [
    "src/domain/bad-fs.ts",
    'import { readFileSync } from "node:fs";\nexport const y = readFileSync;\n',
    "domain-is-pure",
  ],
  ["src/domain/bad-zod.ts", value("zod"), "domain-takes-types-of-zod"],
  ["src/issuers/bad-sdk.ts", value("dockerode"), "sdks-only-in-connections"],
  ["src/targets/bad-sdk-type.ts", type("@azure/identity"), "sdks-only-in-connections"],
  ["src/connections/bad-sdk.ts", value("@microsoft/microsoft-graph-client"), "sdks-loaded-when-used"],
  ["src/run/bad-test.ts", value("../../test/good.ts"), "no-test-code-in-src"],
  ["src/run/bad-bench.ts", value("../../bench/good.ts"), "no-test-code-in-src"],
  ["src/run/bad-dev.ts", value("vitest"), "no-dev-packages-in-src"],
  ["src/run/bad-nowhere.ts", value("./nowhere.ts"), "no-unresolvable"],
  ["src/run/bad-cycle.ts", 'import { z } from "./cycle.ts";\nexport const y = z;\n', "no-cycles"],
  ["src/run/bad-alone.ts", "export const y = 1;\n", "no-orphans"],
];

/** What must be left alone, although it looks much like the above. */
const GOOD: Readonly<Record<string, string>> = {
  "src/domain/fine-zod.ts": type("zod"),
  "src/domain/fine-util.ts": 'import { inspect } from "node:util";\nexport const y = inspect;\n',
  "src/plan/fine-config.ts": type("../config/good.ts"),
  "src/issuers/fine-leaf.ts": value("../connections/good.ts"),
  "src/issuers/fine-own.ts": value("./good.ts"),
  "src/sinks/fine-certificates.ts": value("../certificates/good.ts"),
  "src/run/fine-plan.ts": value("../plan/good.ts"),
  "src/daemon/fine-schedule.ts": value("../schedule/good.ts"),
  "src/cli/fine-control.ts": value("../control/good.ts"),
  "src/connections/fine-lazy.ts": 'export const sdk = () => import("dockerode");\n',
  "src/connections/fine-type.ts": type("dockerode"),
  "test/fine-anything.ts": value("../src/targets/good.ts"),
};

const PACKAGES = ["zod", "dockerode", "@azure/identity", "@microsoft/microsoft-graph-client", "vitest"];

function tree(): Record<string, string> {
  const files: Record<string, string> = { ...GOOD };
  for (const [file, text] of BAD) files[file] = text;
  for (const folder of Object.keys(FORBIDDEN)) {
    // `seed` keeps each `good` from being an orphan.
    files[`src/${folder}/seed.ts`] = "export const x = 1;\nexport type X = 1;\n";
    files[`src/${folder}/good.ts`] = 'export { x } from "./seed.ts";\nexport type { X } from "./seed.ts";\n';
  }
  files["src/run/cycle.ts"] = 'import { y } from "./bad-cycle.ts";\nexport const z = y;\n';
  files["test/good.ts"] = files["bench/good.ts"] = "export const x = 1;\n";
  for (const name of PACKAGES) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, version: "1.0.0", main: "index.js" });
    files[`node_modules/${name}/index.js`] = "exports.x = 1;\n";
  }
  const ranges = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "1.0.0"]));
  files["package.json"] = JSON.stringify({
    name: "fixture",
    type: "module",
    dependencies: ranges(PACKAGES.filter((name) => name !== "vitest")),
    devDependencies: ranges(["vitest"]),
  });
  return files;
}

describe("import rules", () => {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-import-rules-"));
  let found: readonly { readonly rule: string; readonly from: string }[] = [];

  beforeAll(async () => {
    for (const [file, text] of Object.entries(tree())) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const { forbidden, options } = config;
    const result = await cruise(["src", "test", "bench"], {
      ...options,
      baseDir: folder,
      validate: true,
      ruleSet: { forbidden: forbidden ?? [] },
    });
    const { violations } = (result.output as ICruiseResult).summary;
    found = violations.map((violation) => ({ rule: violation.rule.name, from: violation.from }));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(BAD)("refuses %s", (file, _text, rule) => {
    expect(found).toContainEqual({ rule, from: file });
  });

  it.each(Object.keys(GOOD))("allows %s", (file) => {
    expect(found.filter((violation) => violation.from === file)).toEqual([]);
  });

  it("has a proof for every rule", () => {
    const rules = (config.forbidden ?? []).map((rule) => rule.name);
    expect([...new Set(BAD.map(([, , rule]) => rule))].sort()).toEqual(rules.sort());
  });
});
