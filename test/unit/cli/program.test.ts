import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../../src/config/load-config.ts";
import { RotationError } from "../../../src/domain/errors.ts";
import { folderWith, KINDS, MAIN, SCHEDULE } from "../config/config-folder.ts";
import { keyturn } from "./fake-services.ts";

describe("usage", () => {
  test.each([
    [["rotat"], "unknown command 'rotat'", "Did you mean `rotate`?"],
    [["rotate", "--nwo"], "unknown option '--nwo'", "Did you mean `--now`?"],
    [["show"], "missing required argument 'run'", "See `keyturn --help`."],
    [["show", "a", "b"], "too many arguments for 'show'. Expected 1 argument but got 2: a, b.", null],
    [["config", "chek"], "unknown command 'chek'", "Did you mean `check`?"],
    [["--config"], "option '-c, --config <file>' argument missing", "See `keyturn --help`."],
    [["rotate", "--reason"], "option '--reason <text>' argument missing", "See `keyturn --help`."],
    [["history", "--limit", "many"], "`many` is not a count", "Write --limit 50."],
    [["rotate", "--all", "api"], "names, --label and --all exclude one another", "Give one of them."],
    [["rotate", "--label", "team"], "`team` is not a label", "Write --label key=value."],
    [["status", ""], "there is no secret ``", null],
  ])("%j is refused with exit code 2, one error and a hint", async (argv, message, hint) => {
    const { code, out, err, requests } = await keyturn(argv);
    expect(err).toContain(message);
    if (hint !== null) expect(err).toContain(`hint: ${hint}`);
    expect(err.match(/^error\[/gm)).toHaveLength(1);
    expect({ code, out, requests }).toEqual({ code: 2, out: "", requests: [] });
  });

  test("no command at all prints the help on standard error", async () => {
    const { code, out, err } = await keyturn([]);
    expect(err).toContain("Commands:");
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  test("help and version go to standard output, with exit code 0", async () => {
    expect(await keyturn(["--version"])).toMatchObject({ code: 0, out: "1.2.3\n", err: "" });
    const help = await keyturn(["--help"]);
    expect(help).toMatchObject({ code: 0, err: "" });
    for (const word of [
      "init",
      "config",
      "rotate",
      "status",
      "history",
      "show",
      "recover",
      "Examples:",
      "Exit codes:",
    ]) {
      expect(help.out).toContain(word);
    }
    expect((await keyturn(["rotate", "--help"])).out).toContain("--outside-window");
  });

  test("control characters in an argument reach no terminal", async () => {
    const { err } = await keyturn(["rotate", "\u001b[2J\u009b31m\u202e"]);
    expect(err).toContain("\\u001b[2J\\u009b31m\\u202e");
    // eslint-disable-next-line no-control-regex
    expect(err).not.toMatch(/[\u001b\u009b\u202e]/);
  });
});

describe("config check", () => {
  const check = (file: string, ...more: string[]) =>
    keyturn(["--config", file, "config", "check", ...more], {
      loadConfig: async (path) => loadConfig(path, KINDS, {}),
    });

  test("says ok, and how much there is", async () => {
    const folder = folderWith({ "keyturn.yaml": MAIN, "schedules/a.yaml": SCHEDULE });
    const { code, out, err } = await check(join(folder, "keyturn.yaml"));
    expect({ code, err, out }).toEqual({
      code: 0,
      err: "",
      out: `ok  ${folder}/keyturn.yaml: 1 secret, 2 connections\n`,
    });
  });

  test("prints every problem with its place and its hint", async () => {
    const folder = folderWith({
      "keyturn.yaml": MAIN,
      "schedules/a.yaml": SCHEDULE.replace("policy: p", "polcy: p").replace("swarm", "swam"),
    });
    const { code, out, err } = await check(join(folder, "keyturn.yaml"));
    expect({ code, out }).toEqual({ code: 2, out: "" });
    const place = `${folder}/schedules/a.yaml`;
    expect(err.split("\n")).toEqual([
      `error[config-invalid]: ${place}:5: secrets.api.policy: is missing`,
      `error[config-invalid]: ${place}:6: secrets.api.polcy: unknown key`,
      "  hint: Did you mean `policy`?",
      `error[config-invalid]: ${place}:9: secrets.api.targets[0].connection: there is no connection \`swam\``,
      "  hint: Did you mean `swarm`?",
      "3 problems; nothing was changed.",
      "",
    ]);
  });

  test("with --json is one document either way", async () => {
    const folder = folderWith({ "keyturn.yaml": MAIN, "schedules/a.yaml": SCHEDULE.replace("90d", "soon") });
    const { code, out, err } = await check(join(folder, "keyturn.yaml"), "--json");
    expect({ code, err }).toEqual({ code: 2, err: "" });
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [{ line: 3, path: "policies.p.maxAge" }],
      warnings: [],
    });
    const good = folderWith({ "keyturn.yaml": MAIN, "schedules/a.yaml": SCHEDULE });
    expect(JSON.parse((await check(join(good, "keyturn.yaml"), "--json")).out)).toMatchObject({
      ok: true,
      secrets: 1,
      problems: [],
    });
  });

  test.each([
    ["a folder", () => folderWith({}), "config-not-found", "it is a folder"],
    ["nothing there", () => join(folderWith({}), "none.yaml"), "config-not-found", "there is no such file"],
    ["a device", () => "/dev/zero", "config-not-found", "not a regular file"],
    [
      "an empty file",
      () => join(folderWith({ "k.yaml": "" }), "k.yaml"),
      "config-invalid",
      "the file is empty",
    ],
    [
      "a binary file",
      () => join(folderWith({ "k.yaml": Uint8Array.of(0xff, 0xfe, 0) }), "k.yaml"),
      "config-invalid",
      "not UTF-8",
    ],
    [
      "10 MB of YAML",
      () => join(folderWith({ "k.yaml": "a: b\n".repeat(2_000_000) }), "k.yaml"),
      "config-invalid",
      "too large",
    ],
  ])("%s in place of the configuration is one clear error", async (_name, file, code, message) => {
    const result = await check(file());
    expect(result.err).toMatch(new RegExp(`^error\\[${code}\\]: .*${message}`, "m"));
    expect(result).toMatchObject({ code: 2, out: "" });
  });

  test("control characters of a configuration reach no terminal", async () => {
    const folder = folderWith({
      "keyturn.yaml": MAIN,
      "schedules/a.yaml": 'secrets:\n  "a\\e]0;x\\a": {}\n',
    });
    const { err } = await check(join(folder, "keyturn.yaml"));
    // eslint-disable-next-line no-control-regex
    expect(err).not.toMatch(/[\u001b\u0007]/);
  });
});

test("config schema prints the schema", async () => {
  expect(JSON.parse((await keyturn(["config", "schema"])).out)).toEqual({ title: "keyturn" });
});

describe("init", () => {
  const empty = () => {
    const folder = mkdtempSync(join(tmpdir(), "keyturn-init-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };

  test("writes a configuration that passes, with its placeholders flagged, and a key that nobody else reads", async () => {
    const folder = join(empty(), "new/folder");
    const { code, out } = await keyturn(["init", folder]);
    expect(code).toBe(0);
    expect(out).toContain("Next:");
    expect(statSync(join(folder, "seal.key")).mode & 0o777).toBe(0o600);
    const config = loadConfig(join(folder, "keyturn.yaml"), KINDS, {});
    expect(config.secrets.map(({ secret }) => secret)).toEqual(["azure_secret"]);
    expect(config.warnings.map(({ path }) => path)).toEqual([
      "connections.entra.tenant",
      "connections.entra.clientId",
      "secrets.azure_secret.issuer.application",
    ]);
  });

  test("overwrites nothing", async () => {
    const folder = empty();
    await keyturn(["init", folder]);
    const before = readFileSync(join(folder, "seal.key"), "utf8");
    rmSync(join(folder, "keyturn.yaml"));
    const { code, err, out } = await keyturn(["init", folder]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(
      /^error\[file-exists\]: .*seal\.key is already there, and nothing was written\nhint: /,
    );
    expect(readFileSync(join(folder, "seal.key"), "utf8")).toBe(before);
    expect(() => statSync(join(folder, "keyturn.yaml"))).toThrow();
  });

  test("says so when it may not write", async () => {
    expect(await keyturn(["init", "/dev/null/x"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/cannot be written \(ENOTDIR\)/),
    });
  });
});

test("a command that fails with --json leaves valid JSON on standard output", async () => {
  const loadConfig = async () => {
    throw new RotationError("seal-key-invalid", {
      kind: "rejected",
      message: "others may read it",
      hint: "chmod 0600",
    });
  };
  const { code, out, err } = await keyturn(["rotate", "--json"], { loadConfig });
  expect(JSON.parse(out)).toEqual({
    type: "error",
    error: { code: "seal-key-invalid", message: "others may read it", hint: "chmod 0600" },
  });
  expect(err).toBe("error[seal-key-invalid]: others may read it\nhint: chmod 0600\n");
  expect(code).toBe(2);
});

test("what is not a RotationError is told without its text", async () => {
  const loadConfig = async () => {
    throw new TypeError("canary");
  };
  const { code, err, out } = await keyturn(["rotate"], { loadConfig });
  expect(err).toMatch(/^error\[internal\]: unexpected TypeError/);
  expect(err + out).not.toContain("canary");
  expect(code).toBe(1);
});
