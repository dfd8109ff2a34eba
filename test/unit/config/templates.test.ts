/** What a template names must be there, and a configuration can tell before anything is made. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeConfig } from "../../e2e/world/write-config.ts";
import { tempFolder } from "../../temp-folder.ts";
import { kinds } from "../../../src/compose/kinds.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { ConfigError } from "../../../src/config/problem.ts";

const ISSUER = { kind: "certificate-file", certificateFile: "/c.pem", keyFile: "/k.pem" };

function problemsWith(targets: readonly object[], issuer: object = ISSUER): readonly string[] {
  const folder = tempFolder();
  const file = writeConfig(folder, {
    state: { dir: folder, sealKeyFile: join(folder, "seal.key") },
    connections: {},
    policy: { maxAge: "1d", overlap: "1h" },
    secrets: { web: { issuer, targets, probes: [{ kind: "tcp", host: "h", port: 1 }] } },
  });
  try {
    loadConfig(file, kinds, {});
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.problems.map(({ path, message, hint }) => `${path}: ${message} ${hint ?? ""}`);
  }
}

test("a part that a certificate does not have is a problem, also where it is the default", () => {
  expect(problemsWith([{ kind: "file", path: "/a.pem" }])).toEqual([
    "secrets.web.targets[0].content: names {value}, which the issuer's versions do not have They have {certificate}, {chain}, {fullchain}, {key}.",
  ]);
  const files = { "a.pem": { content: "{fullchain}" }, "b.pem": { content: "{fullchain}{keys}" } };
  expect(problemsWith([{ kind: "files", path: "/tls", files }])).toEqual([
    expect.stringMatching(/^secrets\.web\.targets\[0\]\.files\.b\.pem\.content: names \{keys\}/),
  ]);
});

test("those that it has are none, and issuers that say nothing of their parts are not asked", () => {
  expect(problemsWith([{ kind: "file", path: "/a.pem", content: "{fullchain}{key}" }])).toEqual([]);
  expect(problemsWith([{ kind: "file", path: "/a", content: "{anything}" }], { kind: "manual" })).toEqual([]);
});

test("several targets of one folder need names of their own", () => {
  const target = { kind: "files", path: "/tls", files: { "a.pem": { content: "{key}" } } };
  expect(problemsWith([target, { ...target, name: "other" }])).toEqual([]);
  expect(problemsWith([target, target])).toEqual([expect.stringContaining("already has this target")]);
});
