import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempFolder } from "../../temp-folder.ts";
import { keyturn } from "./fake-services.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const installed = (program: string): boolean =>
  spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;

/** Stands for the installed program: knows two secrets, and a third with another configuration. */
const STUB = `#!/bin/sh
[ "$*" = "--config /other.yaml status --json" ] && echo '{"secrets":[{"name":"other","policy":"p"}]}'
[ "$*" = "status --json" ] && echo '{"secrets":[{"name":"api.key","policy":"p"},{"name":"app","policy":"p"}]}'
`;

async function script(shell: string): Promise<string> {
  const { code, out, err } = await keyturn(["completion", shell]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

/** What bash offers for the last of the words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const folder = tempFolder();
  for (const name of ["keyturn", "rotate"]) {
    writeFileSync(join(folder, name), STUB);
    chmodSync(join(folder, name), 0o755);
  }
  const complete = `set -u; source <(cat "$0"); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _keyturn; printf '%s\\n' "\${COMPREPLY[@]}"`;
  writeFileSync(join(folder, "script"), await script("bash"));
  const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  const said = execFileSync("bash", ["--norc", "-c", complete, join(folder, "script"), ...words], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return said.split("\n").filter((line) => line !== "");
}

describe("in bash", () => {
  test.each<[readonly string[], readonly string[]]>([
    [
      ["keyturn", "ro"],
      ["rotate", "rollback"],
    ],
    [
      ["keyturn", "config", ""],
      ["check", "schema"],
    ],
    [["keyturn", "--log", "d"], ["debug"]],
    [["keyturn", "--log", "debug", "rec"], ["recover"]],
    [["keyturn", "rotate", "--dry"], ["--dry-run"]],
    [["keyturn", "rotate", "--conf"], ["--config"]],
    [
      ["keyturn", "rotate", ""],
      ["api.key", "app"],
    ],
    [
      ["keyturn", "rotate", "--now", "api.key", "ap"],
      ["api.key", "app"],
    ],
    [["keyturn", "rotate", "--reason", ""], []],
    [["keyturn", "--config", "/other.yaml", "status", ""], ["other"]],
    [["rotate", "--outs"], ["--outside-window"]],
    [["rotate", "app"], ["app"]],
    [["keyturn", "explain", "overlap"], ["overlap-open"]],
    [["keyturn", "completion", ""], [...SHELLS]],
    [["keyturn", "help", "expl"], ["explain"]],
    [["keyturn", "nonsense", "x"], []],
  ])("%j", async (words, expected) => {
    expect((await offered(...words)).toSorted()).toEqual(expected.toSorted());
  });

  test("files and folders are found where they are asked for", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "keyturn.yaml"), "");
    expect(await offered("keyturn", "--config", join(folder, "key"))).toEqual([join(folder, "keyturn.yaml")]);
    expect(await offered("keyturn", "init", folder.slice(0, -1))).toContain(folder);
  });
});

describe.each(SHELLS)("the script for %s", (shell) => {
  test("has every command and every option that help shows", async () => {
    const text = await script(shell);
    const help = (await keyturn(["--help"])).out;
    const commands = [...help.matchAll(/^ {2}([a-z]+) .*\[.*$/gm)].map(([, name = ""]) => name);
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      expect(text).toMatch(new RegExp(`\\b${command}\\b`));
      const { out } = await keyturn(["help", command]);
      for (const [, option = ""] of out.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm))
        expect(text).toMatch(new RegExp(`(--|-l )${option}\\b`));
    }
  });

  test("is good syntax", async ({ skip }) => {
    skip(!installed(shell), `${shell} is not installed`);
    const file = join(tempFolder(), "script");
    writeFileSync(file, await script(shell));
    const option = shell === "fish" ? "--no-execute" : "-n";
    const { status, stderr } = spawnSync(shell, [option, file], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("leaves no quote open, whatever a description says", async () => {
    const text = await script(shell);
    const bare = text
      .split("\n")
      .filter((line) => !line.startsWith("#") && !line.includes("grep -oE") && !line.includes("string match"))
      .join("\n")
      .replaceAll(shell === "fish" ? "\\'" : `'\\''`, "");
    expect((bare.match(/'/g) ?? []).length % 2).toBe(0);
    expect((bare.match(/"/g) ?? []).length % 2).toBe(0);
  });
});

test("another shell is refused with those that there are", async () => {
  const { code, err } = await keyturn(["completion", "csh"]);
  expect(code).toBe(2);
  expect(err).toContain("bash, zsh, fish");
});
