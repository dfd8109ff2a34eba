import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { keyturn, NOW, policy, secretState } from "./fake-services.ts";
import { attempts, NOT_CONVERGED, row, runState } from "./runs.ts";

const STORE = "docker-secret:swarm/api";
const SERVICE = "docker-service:swarm/sam";

describe("status", () => {
  test("works before there is any journal, and shows what is not managed yet", async () => {
    const { code, out } = await keyturn(["status"], { policies: [policy("api"), policy("db")] });
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "SECRET  HEALTH     VERSION  AGE  DUE  EXPIRES  PREVIOUS",
      "api     unmanaged  –        –    –    –        –",
      "db      unmanaged  –        –    –    –        –",
      "",
      "api: not managed yet; `keyturn rotate --now api` starts its life.",
      "db: not managed yet; `keyturn rotate --now db` starts its life.",
      "",
    ]);
  });

  test("fits 80 columns whatever the names", async () => {
    const name = "a-secret-with-a-name-of-sixty-letters-which-is-rather-too-long";
    const state = secretState(name, { previous: 3, retireAt: NOW + HOUR_MS, failures: 2 });
    const { out } = await keyturn(["status"], { policies: [policy(name)], secrets: [state] });
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(out).toContain("a-secret-with-a-name-of-six…  failing  v4 in-use  10d  in 80d  in 170d  v3 in 1h");
  });

  test("names what failed last and how to look at it", async () => {
    const lastRun = { run: "01z", outcome: "rolled-back", endedAt: NOW - 3 * HOUR_MS } as const;
    const { out } = await keyturn(["status", "api"], {
      secrets: [secretState("api", { failures: 1, lastRun, foreign: 1 })],
    });
    expect(out).toContain("api: last run rolled-back 3h ago; see `keyturn show 01z`.");
    expect(out).toContain("api: 1 credential at the issuer that keyturn neither made nor adopted.");
  });

  test("says what a person is to revoke, instead of sending them to a recovery that cannot", async () => {
    const retireError = { code: "revoke-by-hand", kind: "rejected", message: "", hint: null } as const;
    const { out } = await keyturn(["status", "api"], {
      secrets: [secretState("api", { previous: 3, retireAt: NOW - 8 * DAY_MS, retireError })],
    });
    expect(out).toContain("retire-overdue");
    expect(out).toContain("api: v3 is to be revoked by a person; then `keyturn retire api --done`.");
    expect(out).not.toContain("keyturn recover");
  });

  test("with --json is one document with every key", async () => {
    const { out } = await keyturn(["status", "--json"], { secrets: [secretState("api")] });
    expect(out.trim().split("\n")).toHaveLength(1);
    const { secrets } = JSON.parse(out) as { secrets: Record<string, unknown>[] };
    expect(Object.keys(secrets[0] ?? {})).toEqual([
      "name",
      "policy",
      "version",
      "createdAt",
      "notAfter",
      "dueAt",
      "due",
      "previous",
      "evidence",
      "foreign",
      "foreignCredentials",
      "adoptedCredentials",
      "lastRun",
      "health",
    ]);
  });

  test("of an unknown secret is refused", async () => {
    expect(await keyturn(["status", "nope"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("error[unknown-secret]"),
    });
  });

  test("colours on a terminal, unless NO_COLOR is set", async () => {
    const answers = { secrets: [secretState("api")], isTTY: true };
    expect((await keyturn(["status"], answers)).out).toContain("\u001b[32mok\u001b[39m");
    expect((await keyturn(["status"], { ...answers, env: { NO_COLOR: "1" } })).out).not.toContain("\u001b");
  });
});

describe("history", () => {
  const runs = [
    runState([row("create", "api")]),
    runState([], { run: "01q", outcomes: [], endedAt: null, phase: "forward" }),
  ];

  test("lists runs", async () => {
    const { out } = await keyturn(["history"], { runs });
    expect(out.replaceAll(/ +/g, " ").split("\n")).toEqual([
      "SECRETS RUN STARTED TOOK TRIGGER OUTCOME",
      "api 01r 10m ago 1m manual rotated",
      "api 01q 10m ago – manual under way",
      "",
    ]);
  });

  test("with --json is one document", async () => {
    const { out } = await keyturn(["history", "api", "--json", "--limit", "1"], { runs });
    expect(JSON.parse(out)).toEqual({
      runs: [
        {
          run: "01r",
          secrets: ["api"],
          trigger: "manual",
          reason: "leaked",
          startedAt: "2026-11-23T11:50:00.000Z",
          endedAt: "2026-11-23T11:51:00.000Z",
          outcome: "rotated",
        },
      ],
    });
  });

  test("of several secrets tells the worst outcome", async () => {
    const outcomes = [
      { secret: "api", outcome: "rotated", error: null },
      { secret: "db", outcome: "rolled-back", error: null },
    ] as const;
    const { out } = await keyturn(["history", "--json"], { runs: [runState([], { outcomes })] });
    expect(JSON.parse(out)).toMatchObject({ runs: [{ outcome: "rolled-back" }] });
  });

  test("of a secret that never was is refused", async () => {
    expect(await keyturn(["history", "nope"], { runs })).toMatchObject({
      code: 2,
      err: expect.stringContaining("error[unknown-secret]"),
    });
  });
});

describe("show", () => {
  const failed = attempts({ result: "failed", error: NOT_CONVERGED });

  test("tells the state of every step, in the order of a run", async () => {
    const rows = [
      row("confirm", SERVICE, { do: failed }),
      row("activate", SERVICE, { undo: attempts() }),
      row("deliver", `api@${STORE}`, { undo: attempts({ result: "open", endedAt: null }) }),
      row("verify", "api", { do: attempts({ result: "unknown" }) }),
      row("create", "api"),
    ];
    const { out } = await keyturn(["show", "01r", "--json"], { runs: [runState(rows)] });
    const { steps } = JSON.parse(out) as {
      steps: { name: string; state: string; error?: { code: string } }[];
    };
    expect(steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "create done",
      "verify unknown",
      "deliver running",
      "activate undone",
      "confirm failed",
    ]);
    expect(steps[4]?.error).toEqual({
      code: "not-converged",
      message: NOT_CONVERGED.message,
      hint: NOT_CONVERGED.hint,
    });
  });

  test("tells what is still to come of a run that is parked", async () => {
    const run = runState([row("create", "api"), row("verify", "api"), row("deliver", `api@${STORE}`)], {
      phase: "parked",
      parkedUntil: NOW + DAY_MS,
      endedAt: null,
      outcomes: [],
    });
    const { out } = await keyturn(["show", "01r", "--json"], { runs: [run] });
    expect(JSON.parse(out)).toMatchObject({
      outcome: "parked",
      steps: [{}, {}, {}, { name: "activate", state: "parked" }, { state: "parked" }],
    });
    expect((await keyturn(["show", "01r"], { runs: [run] })).out).toContain(
      "parked until 2026-11-24 12:00 UTC (in 1d)",
    );
  });

  test("is readable", async () => {
    const outcomes = [{ secret: "api", outcome: "rolled-back", error: NOT_CONVERGED }] as const;
    const rows = [row("create", "api", { undo: attempts() }), row("confirm", SERVICE, { do: failed })];
    const { code, out } = await keyturn(["show", "01r"], { runs: [runState(rows, { outcomes })] });
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "run 01r  rolled-back",
      "started 2026-11-23 11:50 UTC (10m ago), manual: leaked",
      "  api: v3 → v4 (requested)",
      "",
      "↩ create   api  undone  2.0s",
      "✗ confirm  docker-service:swarm/sam  failed  2.0s",
      "    [not-converged] sam did not converge within 10m",
      "",
      "api: [not-converged] sam did not converge within 10m",
      "hint: Look at `docker service ps sam`.",
      "",
    ]);
  });

  test("of an unknown run is refused", async () => {
    expect(await keyturn(["show", "nope"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("error[unknown-run]"),
    });
  });
});
