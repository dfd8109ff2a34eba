import { describe, expect, test } from "vitest";
import { load, MAIN, SCHEDULE, tellAll } from "./config-folder.ts";

const SCOPE = `lockdown:
  scopes:
    sam:
      contain: [{ kind: docker, connection: swarm, services: [sam] }]
      preserve: { dir: ./evidence, timeout: 30s }
      rotate: { secrets: ["*"] }
      deny: [{ kind: docker-env, service: sam, env: { ALLOW: none } }]
      notify: [ops]
notify:
  ops: { kind: smtp, host: h, from: a, to: [b] }
`;

const edit = (from: string, to: string) => tellAll(SCHEDULE, MAIN + SCOPE.replace(from, to));

test("a scope is read with everything that it names", () => {
  const { lockdown, notify } = load({ "keyturn.yaml": MAIN + SCOPE, "schedules/a.yaml": SCHEDULE });
  expect(lockdown.get("sam")).toMatchObject({
    name: "sam",
    secrets: ["api"],
    revokeFirst: false,
    resume: "denied",
    preserve: { image: true, timeout: 30_000, required: false },
    contain: [{ kind: "docker" }],
    deny: [{ kind: "docker-env", config: { service: "sam", env: { ALLOW: "none" } } }],
  });
  expect(notify.get("ops")).toMatchObject({ kind: "smtp" });
});

describe("each problem of a scope is told once, with its line and path", () => {
  const cases: readonly [string, () => readonly string[], string][] = [
    [
      "unknown key",
      () => edit("rotate:", "rotat:"),
      "keyturn.yaml:17 lockdown.scopes.sam.rotat: unknown key",
    ],
    [
      "nothing contained",
      () => edit("contain: [{ kind: docker, connection: swarm, services: [sam] }]", "contain: []"),
      "keyturn.yaml:15 lockdown.scopes.sam.contain: must list at least 1",
    ],
    [
      "unknown kind",
      () => edit("kind: docker,", "kind: dokcer,"),
      "keyturn.yaml:15 lockdown.scopes.sam.contain[0].kind: no containment is of the kind `dokcer`",
    ],
    [
      "unknown connection",
      () => edit("connection: swarm", "connection: swrm"),
      "keyturn.yaml:15 lockdown.scopes.sam.contain[0].connection: there is no connection `swrm`",
    ],
    [
      "connection of another kind",
      () => edit("connection: swarm", "connection: entra"),
      "keyturn.yaml:15 lockdown.scopes.sam.contain[0].connection: `docker` needs a connection of the kind `docker`, and `entra` is of the kind `entra`",
    ],
    [
      "denial of a service that is not contained",
      () => edit("service: sam", "service: other"),
      "keyturn.yaml:18 lockdown.scopes.sam.deny[0].service: the scope does not contain the service `other`",
    ],
    [
      "unknown secret",
      () => edit('["*"]', "[apj]"),
      "keyturn.yaml:17 lockdown.scopes.sam.rotate.secrets[0]: there is no secret `apj`",
    ],
    [
      "unknown channel",
      () => edit("notify: [ops]", "notify: [opps]"),
      "keyturn.yaml:19 lockdown.scopes.sam.notify[0]: there is no channel `opps`",
    ],
    [
      "no duration",
      () => edit("30s", "30"),
      "keyturn.yaml:16 lockdown.scopes.sam.preserve.timeout: must be a duration like 90d, 24h, 30m or 10s",
    ],
    [
      "nothing denied",
      () => edit("deny: [{ kind: docker-env, service: sam, env: { ALLOW: none } }]", "deny: []"),
      "keyturn.yaml:14 lockdown.scopes.sam.resume: nothing is denied, so the services would come back as they were",
    ],
  ];
  test.each(cases)("%s", (_, told, problem) => {
    expect(told()).toEqual([problem]);
  });
});
