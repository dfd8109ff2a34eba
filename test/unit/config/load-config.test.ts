import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { load, MAIN, SCHEDULE } from "./config-folder.ts";

const shipped = readFileSync(
  new URL("../../../schedules/oauth2-client-secrets.yaml", import.meta.url),
  "utf8",
);

describe("a valid configuration", () => {
  test("gives policies in milliseconds with their defaults filled in", () => {
    const [secret] = load({ "keyturn.yaml": MAIN, "schedules/a.yaml": SCHEDULE }).secrets;
    expect(secret?.policy).toMatchObject({
      name: "p",
      maxAgeMs: 90 * DAY_MS,
      overlapMs: DAY_MS,
      renewBefore: null,
      window: null,
      timezone: "UTC",
      keep: 2,
      allowGap: false,
      retry: { attempts: 6, firstMs: 10_000, maxMs: HOUR_MS / 2 },
    });
  });

  test("anchors relative paths at the folder of keyturn.yaml", () => {
    const config = load({ "keyturn.yaml": MAIN, "schedules/a.yaml": SCHEDULE });
    const folder = join(config.file, "..");
    expect(config.stateDir).toBe(join(folder, "state"));
    expect(config.sealKeyFile).toBe(join(folder, "seal.key"));
    expect(config.auditDir).toBe(join(folder, "state/audit"));
    expect(config.connections.get("entra")?.config).toMatchObject({
      auth: { certificateFile: join(folder, "creds/entra.pem") },
    });
  });

  test("takes the state's folder from $STATE_DIRECTORY, and asks for it only when it is read", () => {
    const files = { "keyturn.yaml": MAIN.replace("  dir: ./state\n", ""), "schedules/a.yaml": SCHEDULE };
    expect(load(files, { STATE_DIRECTORY: "/var/lib/keyturn:/var/lib/other" }).stateDir).toBe(
      "/var/lib/keyturn",
    );
    const config = load(files);
    expect(() => config.stateDir).toThrow(/STATE_DIRECTORY/);
  });

  test("is accepted with a variable that is not set, until that path is needed", () => {
    const config = load({
      "keyturn.yaml": MAIN.replace("./seal.key", "${NOWHERE}/seal.key"),
      "schedules/a.yaml": SCHEDULE,
    });
    expect(() => config.sealKeyFile).toThrow(/NOWHERE/);
  });

  test("is frozen all the way down", () => {
    const [secret] = load({ "keyturn.yaml": MAIN, "schedules/a.yaml": SCHEDULE }).secrets;
    expect(Object.isFrozen(secret?.targets[0]?.config)).toBe(true);
  });

  test("carries each reload of a target as a leaf of its own kind", () => {
    const reload = "{ kind: file, path: /run/x, reload: [{ kind: signal, pidFile: x.pid }] }";
    const schedule = SCHEDULE.replace("{ kind: docker-secret, connection: swarm, name: api }", reload);
    const config = load({ "keyturn.yaml": MAIN, "schedules/a.yaml": schedule });
    const pidFile = join(config.file, "../x.pid");
    expect(config.secrets[0]?.targets[0]?.config).toMatchObject({
      reload: [{ kind: "signal", config: { pidFile, signal: "SIGHUP" } }],
    });
  });

  test("may be spread over several files and folders that share their policies", () => {
    const [policies = "", secrets = ""] = SCHEDULE.split("secrets:");
    const main = MAIN.replace("./schedules", "[./one, ./two]");
    const config = load({ "keyturn.yaml": main, "one/p.yml": policies, "two/s.yaml": `secrets:${secrets}` });
    expect(config.secrets.map(({ secret }) => secret)).toEqual(["api"]);
  });

  test("may use anchors", () => {
    const schedule = SCHEDULE.replace("maxAge: 90d", "maxAge: &age 90d\n    renewBefore: *age");
    expect(
      load({ "keyturn.yaml": MAIN, "schedules/a.yaml": schedule }).secrets[0]?.policy.renewBefore,
    ).toEqual({ ms: 90 * DAY_MS });
  });

  test("the shipped schedule is one", () => {
    const config = load({ "keyturn.yaml": MAIN, "schedules/a.yaml": shipped });
    expect(config.warnings.map(({ path, message }) => `${path} ${message}`)).toEqual([
      "secrets.azure_secret.issuer.application is still the placeholder; put your own id here",
    ]);
    expect(config.secrets[0]?.policy.window).toEqual({
      days: ["mon", "tue", "wed", "thu"],
      fromMinute: 120,
      toMinute: 300,
    });
  });
});

describe("warnings", () => {
  const warned = (main: string, schedule = SCHEDULE) =>
    load({ "keyturn.yaml": main, "schedules/a.yaml": schedule }).warnings.map(
      ({ line, path }) => `${line} ${path}`,
    );

  test("name every key that has no effect yet", () => {
    const more = `control: { operator: /run/keyturn/operator.sock }
http: { listen: "127.0.0.1:9464" }
audit: { dir: /var/log/keyturn, retention: 365d, archiveAfter: 90d, signingKeyFile: k }
log: { level: warn }
notify:
  ops: { kind: smtp, host: h, port: 587, from: a, to: [b], userFile: u, passwordFile: p }
`;
    expect(warned(MAIN + more)).toEqual([
      "14 audit.retention",
      "14 audit.archiveAfter",
      "14 audit.signingKeyFile",
    ]);
  });

  test("name an empty schedules folder, a configuration without secrets, and a secret without targets", () => {
    expect(load({ "keyturn.yaml": MAIN, "schedules/README": "" }).warnings[0]?.message).toMatch(
      /no \*\.yaml file/,
    );
    expect(load({ "keyturn.yaml": MAIN, "schedules/a.yaml": "secrets:\n" }).warnings[0]?.message).toMatch(
      /no secret/,
    );
    const bare = SCHEDULE.replace(/ {4}targets:\n.*\n/, "");
    expect(warned(MAIN, bare)).toEqual(["5 secrets.api"]);
  });
});
