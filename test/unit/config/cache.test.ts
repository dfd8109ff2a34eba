import { expect, test } from "vitest";
import { kinds } from "../../../src/compose/kinds.ts";
import { configJsonSchema } from "../../../src/config/json-schema.ts";
import { valueAt } from "../../../src/config/explain.ts";
import { load, MAIN, SCHEDULE, tellAll } from "./config-folder.ts";

const withCache = (cache: string, overlap = "24h"): string =>
  SCHEDULE.replace("name: api", `name: api, cache: ${cache}`).replace("90d", `90d\n    overlap: ${overlap}`);
const loaded = (schedule: string) => load({ "keyturn.yaml": MAIN, "schedules/a.yaml": schedule });

test("a cache that outlives the overlap is warned of, with both of them", () => {
  const { secrets, warnings } = loaded(withCache("2d", "1h"));
  expect(secrets[0]?.caches).toEqual([{ target: "docker-secret api", cacheMs: 172_800_000 }]);
  expect(warnings.map(({ line, path, message }) => [line, path, message])).toEqual([
    [
      10,
      "secrets.api.targets[0].cache",
      "docker-secret api may keep using a value for 2d, and the policy `p` leaves an overlap of 1h: what it keeps may be revoked by then",
    ],
  ]);
});

test("one that does not is no warning, and the target's kind never hears of it", () => {
  const { secrets, warnings } = loaded(withCache("24h"));
  expect(warnings).toEqual([]);
  expect(secrets[0]?.targets[0]?.config).not.toHaveProperty("cache");
  expect(loaded(SCHEDULE).secrets[0]?.caches).toEqual([]);
});

test("a cache that is no duration is a problem of its own", () => {
  expect(tellAll(withCache("soon"))).toEqual([
    "a.yaml:10 secrets.api.targets[0].cache: must be a duration like 90d, 24h, 30m or 10s",
  ]);
});

test("every kind of target takes one in the JSON Schema", () => {
  const path = ["$defs", "schedule", "properties", "secrets", "additionalProperties", "properties"];
  const targets = valueAt(configJsonSchema(kinds), [...path, "targets", "items", "anyOf"]);
  expect(targets).toHaveLength(kinds.targets.length);
  for (const target of targets as readonly object[])
    expect(target).toMatchObject({ properties: { cache: { pattern: "^[0-9]{1,9}(ms|s|m|h|d)$" } } });
});
