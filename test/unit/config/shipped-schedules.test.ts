/** Every schedule that is shipped is a valid one, read with the kinds that keyturn really has. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kinds } from "../../../src/compose/kinds.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { folderWith, MAIN } from "./config-folder.ts";

const FOLDER = join(import.meta.dirname, "../../../schedules");
const GUID = "11111111-1111-1111-1111-111111111111";

/** The connections that the schedules name. */
const main = MAIN.replace("tenant: t", `tenant: ${GUID}`)
  .replace("clientId: c", `clientId: ${GUID}`)
  .replace(
    "connections:",
    "connections:\n  postgres: { kind: postgres, host: db, credentialFile: /own/postgres }",
  );

function loadShipped(name: string): ReturnType<typeof loadConfig> {
  const files = { "keyturn.yaml": main, [`schedules/${name}`]: readFileSync(join(FOLDER, name), "utf8") };
  return loadConfig(join(folderWith(files), "keyturn.yaml"), kinds, {});
}

test.each(readdirSync(FOLDER))("%s is accepted as it is", (name) => {
  const { secrets, scans } = loadShipped(name);
  expect(secrets.length + scans.length).toBeGreaterThan(0);
});

test("api-keys.yaml has a key that keyturn makes and one that a person gives", () => {
  const { secrets } = loadShipped("api-keys.yaml");
  expect(secrets.map(({ issuer }) => issuer.kind)).toEqual(["random", "manual"]);
  expect(secrets[1]).toMatchObject({
    policy: { maxAgeMs: 180 * DAY_MS, renewBefore: { ms: 30 * DAY_MS }, overlapMs: 7 * DAY_MS },
    issuer: { config: { validFor: 365 * DAY_MS, url: "https://vendor.example.com/settings/api-keys" } },
  });
});

test("database-passwords.yaml has a pair of an application's and keyturn's own, every 90 days", () => {
  const { secrets } = loadShipped("database-passwords.yaml");
  expect(secrets.map(({ secret, issuer }) => [secret, issuer.kind])).toEqual([
    ["orders_database", "postgres-role"],
    ["keyturn_database", "postgres-role"],
  ]);
  for (const { policy } of secrets) expect(policy).toMatchObject({ maxAgeMs: 90 * DAY_MS, allowGap: false });
});

test("one role alone is refused, unless its policy allows a gap", () => {
  const text = readFileSync(join(FOLDER, "database-passwords.yaml"), "utf8");
  const single = text
    .replace("mode: alternating-users", "mode: single-user")
    .replace("roles: [orders_a, orders_b]", "role: orders_a")
    .replace(/^ *owner: .*$/m, "");
  const load = (schedule: string) =>
    loadConfig(
      join(folderWith({ "keyturn.yaml": main, "schedules/d.yaml": schedule }), "keyturn.yaml"),
      kinds,
      {},
    );
  expect(() => load(single)).toThrow(/does not allow that gap/);
  expect(() => load(single.replace("allowGap: false", "allowGap: true"))).not.toThrow();
});
