import { describe, expect, test } from "vitest";
import type { ConfigError } from "../../../src/config/problem.ts";
import { load, MAIN, problemsOf, SCHEDULE, tell, tellAll } from "./config-folder.ts";

const edit = (from: string | RegExp, to: string) => tellAll(SCHEDULE.replace(from, to));
const editMain = (from: string | RegExp, to: string) => tellAll(SCHEDULE, MAIN.replace(from, to));
const ISSUER = "{ kind: entra-password, connection: entra, application: a }";

describe("each problem is told once, with its file, line and path", () => {
  const cases: readonly [string, () => readonly string[], string][] = [
    [
      "unknown key of a secret",
      () => edit("    policy: p", "    polcy: x\n    policy: p"),
      "a.yaml:6 secrets.api.polcy: unknown key",
    ],
    [
      "unknown key of a policy",
      () => edit("maxAge: 90d", "maxAge: 90d\n    maxage: 1d"),
      "a.yaml:4 policies.p.maxage: unknown key",
    ],
    ["unknown section", () => tellAll(`${SCHEDULE}secret: {}\n`), "a.yaml:10 secret: unknown key"],
    [
      "unknown key of keyturn.yaml",
      () => editMain("state:", "stat: 1\nstate:"),
      "keyturn.yaml:1 stat: unknown key",
    ],
    ["missing key", () => edit("    policy: p\n", ""), "a.yaml:5 secrets.api.policy: is missing"],
    [
      "missing key of a kind",
      () => edit(", application: a", ""),
      "a.yaml:7 secrets.api.issuer.application: is missing",
    ],
    [
      "bad duration",
      () => edit("90d", "90 days"),
      "a.yaml:3 policies.p.maxAge: must be a duration like 90d, 24h, 30m or 10s",
    ],
    [
      "duration without unit",
      () => edit("90d", "90"),
      "a.yaml:3 policies.p.maxAge: must be a duration like 90d, 24h, 30m or 10s",
    ],
    ["nothing as age", () => edit("90d", "0d"), "a.yaml:3 policies.p.maxAge: must be more than nothing"],
    [
      "endless duration",
      () => edit("90d", "999999999d"),
      "a.yaml:3 policies.p.maxAge: must be at most 100 years",
    ],
    [
      "policy that never is due",
      () => edit("maxAge: 90d", "keep: 2"),
      "a.yaml:2 policies.p.maxAge: is missing, and neither `cron` nor `renewBefore` is given: nothing would ever be due",
    ],
    [
      "overlap over age",
      () => edit("90d", "90d\n    overlap: 90d"),
      "a.yaml:4 policies.p.overlap: must be under `maxAge`",
    ],
    [
      "age and cron",
      () => edit("90d", '90d\n    cron: "0 2 * * *"'),
      "a.yaml:4 policies.p.cron: stands beside `maxAge`; a policy has one of them",
    ],
    [
      "bad share",
      () => edit("90d", "90d\n    renewBefore: 100%"),
      "a.yaml:4 policies.p.renewBefore: must be a duration like 14d, or a share of the lifetime from 1% to 99%",
    ],
    [
      "time zone",
      () => edit("90d", "90d\n    timezone: Mars/Base"),
      "a.yaml:4 policies.p.timezone: is not a time zone of the IANA database, like UTC or Europe/Berlin",
    ],
    [
      "time of day",
      () => edit("90d", '90d\n    window: { from: "2:00", to: "05:00" }'),
      'a.yaml:4 policies.p.window.from: must be a time of day in quotes, like "02:00"',
    ],
    [
      "weekday",
      () => edit("90d", '90d\n    window: { days: [monday], from: "02:00", to: "05:00" }'),
      "a.yaml:4 policies.p.window.days[0]: must be mon or tue or wed or thu or fri or sat or sun",
    ],
    [
      "empty window",
      () => edit("90d", '90d\n    window: { from: "02:00", to: "02:00" }'),
      "a.yaml:4 policies.p.window.to: opens and closes at the same minute",
    ],
    [
      "unknown policy",
      () => edit("policy: p", "policy: q"),
      "a.yaml:6 secrets.api.policy: there is no policy `q`",
    ],
    [
      "unknown connection",
      () => edit("connection: swarm", "connection: swam"),
      "a.yaml:9 secrets.api.targets[0].connection: there is no connection `swam`",
    ],
    [
      "connection of the wrong kind",
      () => edit("connection: entra", "connection: swarm"),
      "a.yaml:7 secrets.api.issuer.connection: `entra-password` needs a connection of the kind `entra`, and `swarm` is of the kind `docker`",
    ],
    [
      "unknown kind",
      () => edit("kind: docker-secret", "kind: docker"),
      "a.yaml:9 secrets.api.targets[0].kind: no target is of the kind `docker`",
    ],
    [
      "unknown dependency",
      () => edit("policy: p", "policy: p\n    dependsOn: [db]"),
      "a.yaml:7 secrets.api.dependsOn[0]: there is no secret `db`",
    ],
    [
      "dependency on itself",
      () => edit("policy: p", "policy: p\n    dependsOn: [api]"),
      "a.yaml:7 secrets.api.dependsOn[0]: a secret cannot depend on itself",
    ],
    [
      "name of a secret",
      () => edit("  api:", '  "a/b":'),
      'a.yaml:5 secrets."a/b": this cannot be the name of a secret',
    ],
    [
      "name of a connection",
      () => editMain("  swarm:", '  "-x": { kind: docker, host: h }\n  swarm:'),
      "keyturn.yaml:11 connections.-x: this cannot be the name of a connection",
    ],
    [
      "label that is no text",
      () => edit("policy: p", "policy: p\n    labels: { tier: 1 }"),
      "a.yaml:7 secrets.api.labels.tier: must be text",
    ],
    [
      "duplicate key",
      () => edit("policy: p", "policy: p\n    policy: p"),
      "a.yaml:7 secrets.api.policy: the key appears twice; the first is on line 6",
    ],
    [
      "prototype key",
      () => edit("policy: p", "policy: p\n    __proto__: { policy: p }"),
      "a.yaml:7 secrets.api: a key here is not a plain word",
    ],
    [
      "probe needed",
      () => edit(ISSUER, "{ kind: random }").slice(0, 1),
      "a.yaml:7 secrets.api.issuer: `random` cannot prove that a version works, and the secret has no probe",
    ],
    [
      "gap not allowed",
      () => edit(`${ISSUER}\n`, "{ kind: random }\n    probes: [{ kind: http, url: u }]\n"),
      "a.yaml:7 secrets.api.issuer: with `random` the old credential dies when the new one is made, and the policy does not allow that gap",
    ],
    [
      "reload of no kind",
      () => edit(/- \{.*\}/, "- { kind: file, path: /x, reload: [{ kind: sign }] }"),
      "a.yaml:9 secrets.api.targets[0].reload[0].kind: no reload is of the kind `sign`",
    ],
    [
      "path with a stray brace",
      () => editMain("./seal.key", "${OOPS/seal.key"),
      "keyturn.yaml:3 state.sealKeyFile: a `${` is never closed, or stands inside another",
    ],
    [
      "variable of the schedules folder",
      () => editMain("./schedules", "${NOWHERE}/s").slice(0, 1),
      "keyturn.yaml:4 schedules: the path `${NOWHERE}/s` needs the environment variable NOWHERE, which is not set",
    ],
    ["state missing", () => editMain(/state:\n.*\n.*\n/, ""), "keyturn.yaml:1 state: is missing"],
    [
      "two branches of auth",
      () => editMain("certificateFile", "certifcateFile").slice(0, 1),
      "keyturn.yaml:10 connections.entra.auth.certificateFile: is missing",
    ],
  ];

  test.each(cases)("%s", (_name, problems, expected) => {
    expect(problems()).toEqual([expected]);
  });
});

test("a schedules folder that is not there is named", () => {
  const [problem] = problemsOf({ "keyturn.yaml": MAIN });
  expect(problem).toMatchObject({ code: "config-not-found", line: 4, path: "schedules" });
});

test("a second secret, policy or target of one name is told with both places", () => {
  const problems = problemsOf({
    "keyturn.yaml": MAIN,
    "schedules/a.yaml": SCHEDULE,
    "schedules/b.yaml": SCHEDULE,
  });
  expect(problems.map(tell)).toEqual([
    expect.stringMatching(/^b\.yaml:2 policies\.p: a policy of this name stands in \/.*a\.yaml:2 already$/),
    expect.stringMatching(/^b\.yaml:5 secrets\.api: a secret of this name stands in \/.*a\.yaml:5 already$/),
  ]);
});

test("two secrets that write to one place are refused", () => {
  const [, second = ""] = SCHEDULE.split("  api:");
  expect(tellAll(`${SCHEDULE}  other:${second}`)).toEqual([
    "a.yaml:14 secrets.other.targets[0]: the secret `api` already has this target",
  ]);
});

test("two secrets that adopt one credential are refused", () => {
  const adopt = "adopt: [44444444-4444-4444-4444-44444444444a]";
  const first = SCHEDULE.replace(/(application: [^ ,}\n]+)/, `$1, ${adopt}`);
  const [, second = ""] = first.split("  api:");
  const other = second.replace(/targets:.*(\n +- .*)*/, "targets: []");
  expect(tellAll(`${first}  other:${other}`)).toEqual([
    expect.stringMatching(
      /secrets\.other\.issuer\.adopt\[0\]: the secret `api` already adopts this credential$/,
    ),
  ]);
});

test("two secrets may write to two keys of one file, and not to the same", () => {
  const schedule = SCHEDULE.replace(
    /targets:.*(\n +- .*)*/,
    "targets: [{ kind: file, path: /etc/app.env, key: A }]",
  );
  const [, api = ""] = schedule.split("  api:");
  const other = `${schedule}  other:${api.replace("key: A", "key: B")}`;
  expect(() => load({ "keyturn.yaml": MAIN, "schedules/a.yaml": other })).not.toThrow();
  expect(tellAll(`${schedule}  other:${api}`)).toEqual([
    expect.stringMatching(/secrets\.other\.targets\[0\]: the secret `api` already has this target$/),
  ]);
});

test("secrets that depend on each other are told once per circle", () => {
  const [head = "", api = ""] = SCHEDULE.split("  api:");
  const secret = (name: string, other: string) =>
    `  ${name}:${api.replace("name: api", `name: ${name}`)}    dependsOn: [${other}]\n`;
  const problems = tellAll(head + secret("a", "b") + secret("b", "c") + secret("c", "a"));
  expect(problems).toEqual([expect.stringMatching(/these depend on each other: a → b → c → a$/)]);
});

test("many problems in several files are told at once", () => {
  const main = MAIN.replace("tenant: t", "tenant: [1]").replace("state:", "stat: 1\nstate:");
  const schedule =
    SCHEDULE.replace("90d", "soon\n    timezone: X\n    overlap: 1y").replace("name: api", "nam: api") +
    "extra: 1\n";
  expect(tellAll(schedule, main)).toEqual([
    "keyturn.yaml:1 stat: unknown key",
    "keyturn.yaml:9 connections.entra.tenant: must be text",
    "a.yaml:12 extra: unknown key",
    "a.yaml:3 policies.p.maxAge: must be a duration like 90d, 24h, 30m or 10s",
    "a.yaml:4 policies.p.timezone: is not a time zone of the IANA database, like UTC or Europe/Berlin",
    "a.yaml:5 policies.p.overlap: must be a duration like 90d, 24h, 30m or 10s",
    "a.yaml:11 secrets.api.targets[0].name: is missing",
    "a.yaml:11 secrets.api.targets[0].nam: unknown key",
  ]);
});

test("a wrong key of a policy does not hide that its overlap is too long", () => {
  const schedule = SCHEDULE.replace("90d", "90d\n    overlap: 100d\n    timezone: X");
  expect(tellAll(schedule).map((line) => line.split(" ")[1])).toEqual([
    "policies.p.timezone:",
    "policies.p.overlap:",
  ]);
});

test("an inline secret is refused with where it belongs, and is not repeated", () => {
  const main = MAIN.replace("{ certificateFile: creds/entra.pem }", "{ clientSecret: canary-Q_e8Q }");
  const problems = problemsOf({ "keyturn.yaml": main, "schedules/a.yaml": SCHEDULE });
  expect(JSON.stringify(problems)).not.toContain("canary");
  expect(problems.map(({ hint }) => hint).join()).toMatch(
    /write `clientSecretFile: PATH`|name that in a `…File` key/,
  );
});

describe("a file that is no configuration is one clear problem", () => {
  const only = (content: string | Uint8Array) => {
    const problems = problemsOf({ "keyturn.yaml": content });
    expect(problems).toHaveLength(1);
    return problems[0]?.message;
  };
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghi".replaceAll(
    /./g,
    (c) =>
      `${c}: &${c} [${Array(9)
        .fill(`*${String.fromCharCode(c.charCodeAt(0) - 1)}`)
        .join()}]\n`,
  )}`;

  test.each([
    ["empty", "", /empty/],
    ["only comments", "# nothing\n", /empty/],
    ["binary", Uint8Array.of(0xff, 0xfe, 0, 1, 2), /not UTF-8/],
    ["not YAML", "state: [1,\n", /not valid YAML/],
    ["two documents", "a: 1\n---\nb: 2\n", /not valid YAML/],
    ["10 MB", "a: b\n".repeat(2_000_000), /too large \(9766 KiB/],
    ["an alias bomb", bomb, /aliases/],
    ["deeply nested", "[".repeat(200_000), /nested too deeply|not valid YAML/],
    ["a list", "- a\n", /must be a mapping/],
  ])("%s", (_name, content, message) => {
    expect(only(content)).toMatch(message);
  });
});

test("a folder, or nothing at all, in place of the file is told as not found", () => {
  const error = (act: () => unknown) => {
    try {
      act();
    } catch (thrown) {
      return thrown as ConfigError;
    }
    throw new Error("it was accepted");
  };
  expect(error(() => load({ "keyturn.yaml/x": "" })).code).toBe("config-not-found");
  expect(error(() => load({ other: "" })).code).toBe("config-not-found");
});
