/** What `plan` and `rotate` say of a target that was added, and of a secret that waits for another one. */
import { expect, test } from "vitest";
import { DAY_MS } from "../../../src/domain/time.ts";
import type { Forecast } from "../../../src/run/forecast.ts";
import { keyturn, NOTHING, NOTHING_FORESEEN, NOW } from "./fake-services.ts";

const FORECAST: Forecast = {
  ...NOTHING_FORESEEN,
  runs: [
    {
      secrets: [
        {
          secret: "api",
          reason: "target-added",
          dueAt: NOW + DAY_MS,
          from: 3,
          to: 3,
          stores: ["file:/run/sam/secrets/api"],
          overlapMs: null,
          retiresFirst: null,
          standsFor: null,
          foreign: [],
        },
      ],
      consumers: [{ id: "process:signal:/run/sam.pid", restarts: 1, secrets: ["api"] }],
      opensAt: null,
      windowIgnored: null,
      warnings: [],
    },
  ],
  notDue: [
    { secret: "db", dueAt: NOW + DAY_MS, wait: { waitsFor: "web", until: NOW + DAY_MS, within: "window" } },
    { secret: "tls", dueAt: NOW + DAY_MS, wait: { waitsFor: "web", until: NOW + DAY_MS, within: "overlap" } },
  ],
};

test("plan, for people", async () => {
  const { out } = await keyturn(["plan"], { forecast: FORECAST });
  expect(out).toMatchInlineSnapshot(`
    "run 1
      secret        api: v3 stays (target added)
                      v3 is delivered to file:/run/sam/secrets/api
      switch        at once
      consumer      process:signal:/run/sam.pid: 1 restart
    not due         db: until 2026-11-24 12:00 UTC (in 1d); waits for web, which
                    rotates in this window
    not due         tls: until 2026-11-24 12:00 UTC (in 1d); waits for web, whose
                    overlap is not over
    1 secret in 1 run, 1 restart. Nothing was changed.
    "
  `);
});

test("plan --json", async () => {
  const { out } = await keyturn(["plan", "--json"], { forecast: FORECAST });
  expect(JSON.parse(out)).toMatchObject({
    runs: [
      { secrets: [{ name: "api", reason: "target-added", fromVersion: 3, toVersion: 3, overlapMs: null }] },
    ],
    notDue: [
      { name: "db", dueAt: "2026-11-24T12:00:00.000Z", waitsFor: "web" },
      { name: "tls", waitsFor: "web" },
    ],
  });
});

test("rotate ends well with what was delivered, and says for whom another one waits", async () => {
  const end = { secret: "api", run: "01x", until: null, version: 3, retireAt: null, error: null };
  const result = {
    ...NOTHING,
    rotated: [{ ...end, outcome: "delivered" } as const],
    notDue: FORECAST.notDue,
  };
  const work = () => Promise.resolve(result);
  const { code, out } = await keyturn(["rotate"], { work });
  expect(code).toBe(0);
  expect(out).toMatch(/^delivered api v3: /m);
  expect(out).toMatch(/^db: waits for web until /m);
  const told = (await keyturn(["rotate", "--json"], { work })).out.trim().split("\n");
  expect(told.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { type: "not-due", secret: "db", waitsFor: "web" },
    { type: "not-due", secret: "tls", waitsFor: "web" },
    { type: "run-ended", secret: "api", outcome: "delivered", version: 3 },
  ]);
});
