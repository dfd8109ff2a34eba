import { expect, it } from "vitest";
import { files } from "../../../../src/targets/files.ts";

const good = { kind: "files", path: "/etc/nginx/tls", files: { "key.pem": { content: "{key}" } } };

it("has defaults for all but path, files and content", () => {
  expect(files.schema.parse(good)).toEqual({
    ...good,
    name: "keyturn",
    files: { "key.pem": { content: "{key}", mode: "0400" } },
    reload: [],
  });
});

it.each([
  ["path", { path: "" }],
  ["path", { path: "/etc/nginx/" }],
  ["name", { name: "a/b" }],
  ["name", { name: ".hidden" }],
  ["files", { files: {} }],
  ["files", { files: undefined }],
  ["files.key/pem", { files: { "key/pem": { content: "{key}" } } }],
  ["files..key", { files: { ".key": { content: "{key}" } } }],
  ["files.k.content", { files: { k: {} } }],
  ["files.k.content", { files: { k: { content: "{" } } }],
  ["files.k.mode", { files: { k: { content: "{key}", mode: 400 } } }],
  ["files.k.owner", { files: { k: { content: "{key}", owner: "a b" } } }],
  ["files.k.format", { files: { k: { format: "jks" } } }],
  ["files.k.passwordFile", { files: { k: { format: "pkcs12" } } }],
  ["files.k.passwordFile", { files: { k: { format: "pkcs12", passwordFile: "in\nline" } } }],
  ["files.k.alias", { files: { k: { format: "pkcs12", passwordFile: "/p", alias: "" } } }],
  ["", { unknown: true }],
])("names the key %j when it is wrong: %j", (key, change) => {
  const problems = files.schema.safeParse({ ...good, ...change }).error?.issues ?? [];
  expect(problems.map(({ path }) => path.join("."))).toEqual([key]);
});
