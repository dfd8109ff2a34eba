import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import type { Forecast } from "../../../src/run/forecast.ts";
import { keyturn, NOTHING_FORESEEN, NOW } from "./fake-services.ts";

const FORECAST: Forecast = {
  adopted: [],
  recovered: [{ run: "01z", secrets: ["old"] }],
  retired: [{ secret: "db", version: 2, retireAt: NOW - HOUR_MS }],
  runs: [
    {
      secrets: [
        {
          secret: "api",
          reason: "age",
          dueAt: NOW - DAY_MS,
          from: 3,
          to: 4,
          stores: ["docker-secret:swarm/x"],
          overlapMs: DAY_MS,
          retiresFirst: null,
          standsFor: null,
          foreign: [
            {
              id: "k0",
              marker: null,
              label: "made by hand",
              createdAt: NOW - 410 * DAY_MS,
              notAfter: NOW - HOUR_MS,
            },
          ],
        },
        {
          secret: "db",
          reason: "requested",
          dueAt: null,
          from: null,
          to: 1,
          stores: ["docker-secret:swarm/x"],
          overlapMs: null,
          retiresFirst: null,
          standsFor: null,
          foreign: [],
        },
      ],
      consumers: [
        { id: "docker-service:swarm/sam-enterprise", restarts: 3, tasks: 3, secrets: ["api", "db"] },
        { id: "file:/run/sam/secrets/api", restarts: 0, secrets: ["api"] },
      ],
      opensAt: NOW + 14 * HOUR_MS,
      windowIgnored: null,
      warnings: ["db has no probe: its consumers are only seen to converge, not to work with it."],
    },
  ],
  refused: [
    {
      secret: "old",
      reason: "requested",
      dueAt: null,
      from: 7,
      error: {
        code: "overlap-open",
        kind: "rejected",
        message: "old is in run 01z, which is not over",
        hint: "`keyturn show 01z` tells what it waits for.",
      },
    },
  ],
  notDue: [
    { secret: "web", dueAt: NOW + 3 * DAY_MS },
    { secret: "new", dueAt: null },
  ],
};

describe("plan", () => {
  test("for people fits into 80 columns and says why, when and to whom", async () => {
    const { code, out, err } = await keyturn(["plan"], { forecast: FORECAST });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(out).toMatchInlineSnapshot(`
      "recovered first run 01z of old is not over yet.
      retired first   db v2: its overlap ended 2026-11-23 11:00 UTC (1h ago).
      run 1
        secret        api: v3 → v4 (age, due 2026-11-22 12:00 UTC (1d ago))
                        v3 is revoked 1d after all use v4
                        neither made nor adopted, and left alone at the issuer: 1
                          k0 "made by hand", 410d old, expired 1h ago
        secret        db: its first version, v1 (requested)
        switch        when the window opens, 2026-11-24 02:00 UTC (in 14h)
        consumer      docker-service:swarm/sam-enterprise: 3 tasks, 3 restarts for
                      api, db
        consumer      file:/run/sam/secrets/api: no restart for api
        warning       db has no probe: its consumers are only seen to converge, not to
                      work with it.
      would refuse    old [overlap-open]: old is in run 01z, which is not over
        hint          \`keyturn show 01z\` tells what it waits for.
      not due         web: until 2026-11-26 12:00 UTC (in 3d)
      not due         new: never due by itself; --now rotates it
      2 secrets in 1 run, 3 restarts, 1 would be refused. Nothing was changed.
      "
    `);
  });

  test("with --json is one document in which what is refused is a run of its own", async () => {
    const { out } = await keyturn(["plan", "--json"], { forecast: FORECAST });
    expect(JSON.parse(out)).toMatchObject({
      runs: [
        {
          secrets: [
            {
              name: "api",
              reason: "age",
              dueAt: "2026-11-22T12:00:00.000Z",
              fromVersion: 3,
              toVersion: 4,
              overlapMs: DAY_MS,
            },
            { name: "db", dueAt: null, fromVersion: null, toVersion: 1 },
          ],
          consumers: [
            { id: "docker-service:swarm/sam-enterprise", restarts: 3, tasks: 3 },
            { id: "file:/run/sam/secrets/api", restarts: 0, tasks: null },
          ],
          windowOpensAt: "2026-11-24T02:00:00.000Z",
          warnings: [expect.stringContaining("no probe")],
        },
        {
          secrets: [{ name: "old", reason: "requested", dueAt: null, fromVersion: 7 }],
          consumers: [],
          refused: { code: "overlap-open", message: "old is in run 01z, which is not over" },
        },
      ],
      notDue: [
        { name: "web", dueAt: "2026-11-26T12:00:00.000Z" },
        { name: "new", dueAt: null },
      ],
      retired: [{ name: "db", version: 2, retireAt: "2026-11-23T11:00:00.000Z" }],
      recovered: [{ run: "01z", secrets: ["old"] }],
    });
  });

  test("of nothing says so", async () => {
    expect((await keyturn(["plan"], { forecast: NOTHING_FORESEEN })).out).toBe(
      "Nothing would be rotated. Nothing was changed.\n",
    );
  });

  test.each(["--reason", "--wait", "--dry-run"])("takes no %s", async (option) => {
    expect(await keyturn(["plan", option])).toMatchObject({ code: 2, planned: [] });
  });
});
