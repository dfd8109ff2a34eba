import { expect, it } from "vitest";
import { envFile } from "../../../../src/targets/env-file.ts";

const GOOD = { kind: "env-file", path: "/etc/app.env", key: "API_KEY", format: "systemd" };

it("takes what is given, and leaves mode and owner to the file", () => {
  expect(envFile.schema.parse(GOOD)).toEqual({ ...GOOD, content: "{value}", reload: [] });
});

it.each([
  ["path", { path: undefined }],
  ["path", { path: "/etc/" }],
  ["key", { key: undefined }],
  ["key", { key: "1ST" }],
  ["key", { key: "A B" }],
  ["key", { key: "A=B" }],
  ["key", { key: "../A" }],
  ["format", { format: undefined }],
  ["format", { format: "ini" }],
  ["content", { content: "{" }],
  ["mode", { mode: 400 }],
  ["mode", { mode: "rw" }],
  ["owner", { owner: "a:b:c" }],
  ["reload", { reload: { kind: "exec" } }],
  ["", { surprising: true }],
])("names the key %j when it is wrong: %j", (key, change) => {
  const parsed = envFile.schema.safeParse({ ...GOOD, ...change });
  expect(parsed.error?.issues.map(({ path }) => String(path[0] ?? ""))).toEqual([key]);
});
