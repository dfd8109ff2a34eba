import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { keyturn } from "./fake-services.ts";

async function page(): Promise<string> {
  const { code, out, err } = await keyturn(["man"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

test("the manual page has every section, every command and every option", async () => {
  const text = await page();
  expect(text).toMatch(/^\.TH KEYTURN 1 "" "keyturn 1\.2\.3"/);
  const sections = [...text.matchAll(/^\.SH "?([A-Z ]+)"?$/gm)].map(([, name]) => name);
  expect(sections).toEqual([
    ...["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS"],
    ...["EXAMPLES", "EXIT CODES", "FILES", "ENVIRONMENT"],
  ]);
  for (const command of ["config check", "plan", "rotate", "rollback", "explain", "man"])
    expect(text).toContain(`.SS "keyturn ${command}"`);
  for (const option of ["\\-\\-outside\\-window", "\\-\\-dry\\-run", "\\-c, \\-\\-config <file>"])
    expect(text).toContain(`.B ${option}\n`);
});

test("no line of text is taken for a request, and no hyphen for a dash", async () => {
  const known = /^\.(TH|SH|SS|B|br|P|TP|nf|fi)( |$)/;
  const lines = (await page()).split("\n");
  expect(lines.filter((line) => /^[.']/.test(line) && !known.test(line))).toEqual([]);
  expect(lines.filter((line) => /(?<!\\)-/.test(line))).toEqual([]);
});

test("groff sets it without a warning", async ({ skip }) => {
  skip(spawnSync("groff", ["--version"]).error !== undefined, "groff is not installed");
  const { status, stdout, stderr } = spawnSync("groff", ["-man", "-Tutf8", "-k", "-ww", "-P-cbou"], {
    input: await page(),
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("rotate [options] [secret...]");
  expect(stdout).toContain("keyturn rotate --now azure_secret");
});
