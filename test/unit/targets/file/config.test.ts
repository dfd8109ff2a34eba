import { expect, it } from "vitest";
import { file } from "../../../../src/targets/file.ts";

const good = { kind: "file", path: "/run/app/secret" };

it("has defaults for all but the path", () => {
  expect(file.schema.parse(good)).toEqual({ ...good, content: "{value}", mode: "0400", reload: [] });
});

it.each([
  ["path", { path: "" }],
  ["path", { path: "/run/app/" }],
  ["mode", { mode: "0999" }],
  ["mode", { mode: "4755" }],
  ["mode", { mode: 400 }],
  ["owner", { owner: "a b" }],
  ["owner", { owner: "a:" }],
  ["content", { content: "{" }],
  ["reload", { reload: [{ signal: "SIGHUP" }] }],
  ["", { unknown: true }],
])("names the key %j when it is wrong: %j", (key, change) => {
  const problems = file.schema.safeParse({ ...good, ...change }).error?.issues ?? [];
  expect(problems.map(({ path }) => String(path[0] ?? ""))).toEqual([key]);
});
