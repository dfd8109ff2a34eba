import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { RotationError, type ErrorCode } from "../../../src/domain/errors.ts";
import type { SecretOutcome } from "../../../src/domain/run.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import type { SecretResult, WorkResult } from "../../../src/run/work.ts";
import { keyturn, NOTHING, NOW, policy, type Answers } from "./fake-services.ts";
import { entriesOf, NOT_CONVERGED } from "./runs.ts";

function ended(outcome: SecretOutcome, more: Partial<SecretResult> = {}): SecretResult {
  return {
    secret: "api",
    run: "01r",
    outcome,
    until: null,
    version: 4,
    retireAt: null,
    error: null,
    ...more,
  };
}

const working = (result: Partial<WorkResult>, ending?: "rotated" | "rolled-back"): Answers => ({
  work: async (_request, { observe }) => {
    if (ending !== undefined) for (const entry of entriesOf(ending)) observe(entry);
    return { ...NOTHING, ...result };
  },
});

describe("what is asked for", () => {
  const policies = [
    policy("api", {}, { team: "mesh" }),
    policy("db", {}, { team: "mesh", tier: "1" }),
    policy("web"),
  ];

  test.each([
    [["rotate"], { secrets: null, now: false }],
    [["rotate", "db", "api"], { secrets: ["api", "db"], now: false }],
    [["rotate", "--now", "--all"], { secrets: null, now: true }],
    [["rotate", "--label", "team=mesh"], { secrets: ["api", "db"] }],
    [["rotate", "--label", "team=mesh", "--label", "tier=1", "--now"], { secrets: ["db"], now: true }],
    [
      ["rotate", "--now", "api", "--revoke-now", "--outside-window", "--reason", "leaked"],
      { revokeNow: true, outsideWindow: true, reason: "leaked", trigger: "manual" },
    ],
    [["recover"], null],
  ])("%j", async (argv, request) => {
    const { requests } = await keyturn(argv, { policies });
    expect(requests).toEqual([
      request === null ? { kind: "recover" } : { kind: "rotate", rotation: expect.objectContaining(request) },
    ]);
  });

  test("a label that no secret has is refused", async () => {
    expect(await keyturn(["rotate", "--label", "team=none"], { policies })).toMatchObject({
      code: 2,
      requests: [],
    });
  });

  test("--dry-run asks for no work, and shows the plan that the same words give to `plan`", async () => {
    const words = ["--now", "--all", "--revoke-now", "--outside-window"];
    const dry = await keyturn(["rotate", ...words, "--dry-run"], { policies });
    const plan = await keyturn(["plan", ...words], { policies });
    expect(dry).toEqual(plan);
    expect(dry.requests).toEqual([]);
    expect(dry.planned).toEqual([{ secrets: null, now: true, revokeNow: true, outsideWindow: true }]);
  });
});

describe("exit codes", () => {
  test.each<[SecretOutcome[], number]>([
    [[], 0],
    [["rotated", "parked"], 0],
    [["rotated", "refused"], 4],
    [["refused", "rolled-back"], 1],
    [["rolled-back", "needs-operator", "refused"], 3],
  ])("%j is %i", async (outcomes, code) => {
    const error = NOT_CONVERGED;
    const rotated = outcomes.map((outcome) => ended(outcome, outcome === "rolled-back" ? { error } : {}));
    expect((await keyturn(["rotate"], working({ rotated }))).code).toBe(code);
  });

  test("what recovery came to counts too", async () => {
    expect((await keyturn(["recover"], working({ recovered: [ended("needs-operator")] }))).code).toBe(3);
  });

  test.each<[ErrorCode, boolean, number]>([
    ["lease-held", false, 4],
    ["audit-unavailable", false, 4],
    ["seal-key-invalid", false, 2],
    ["config-invalid", false, 2],
    ["journal-unavailable", true, 1],
  ])("work that stops with %s, begun: %s, is %i", async (error, begun, code) => {
    const work: Answers["work"] = async (_request, { observe }) => {
      if (begun) for (const entry of entriesOf("rotated").slice(0, 3)) observe(entry);
      throw new RotationError(error, { kind: "transient", message: "m", hint: "h" });
    };
    const result = await keyturn(["rotate"], { work });
    expect(result.err).toContain(`error[${error}]: m\nhint: h\n`);
    expect(result.err.includes("`keyturn recover` finishes or undoes it")).toBe(begun);
    expect(result.code).toBe(code);
  });
});

describe("rotate --json", () => {
  const lines = (out: string) =>
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test("is one record a line: each step as it begins and ends, then each secret", async () => {
    const rotated = [ended("rotated", { retireAt: NOW + DAY_MS })];
    const { out, err } = await keyturn(["rotate", "--json"], working({ rotated }, "rotated"));
    expect(err).toBe("");
    const records = lines(out);
    expect(records[0]).toEqual({
      type: "step",
      run: "01r",
      key: "01r/create/api",
      name: "create",
      subject: "api",
      direction: "do",
      state: "running",
      attempt: 1,
      at: "2026-11-23T12:00:00.500Z",
    });
    expect(records.map(({ name, state }) => `${name as string} ${state as string}`).slice(0, -1)).toEqual(
      ["create", "verify", "deliver", "activate", "confirm"].flatMap((name) => [
        `${name} running`,
        `${name} done`,
      ]),
    );
    expect(records.at(-1)).toEqual({
      type: "run-ended",
      secret: "api",
      run: "01r",
      outcome: "rotated",
      version: 4,
      retireAt: "2026-11-24T12:00:00.000Z",
    });
  });

  test("tells an error in the step and at the end, and what was undone", async () => {
    const rotated = [ended("rolled-back", { version: 3, error: NOT_CONVERGED })];
    const { code, out } = await keyturn(["rotate", "--json"], working({ rotated }, "rolled-back"));
    const error = { code: "not-converged", message: NOT_CONVERGED.message, hint: NOT_CONVERGED.hint };
    const records = lines(out);
    expect(records.find(({ state }) => state === "failed")).toMatchObject({ name: "confirm", error });
    expect(records.find(({ state }) => state === "undone")).toMatchObject({
      name: "activate",
      direction: "undo",
    });
    expect(records.at(-1)).toEqual({
      type: "run-ended",
      secret: "api",
      run: "01r",
      outcome: "rolled-back",
      version: 3,
      retireAt: null,
      error,
    });
    expect(code).toBe(1);
  });

  test("tells until when a run is parked, and what is not due", async () => {
    const rotated = [ended("parked", { until: NOW + HOUR_MS })];
    const { out } = await keyturn(
      ["rotate", "--json"],
      working({ rotated, notDue: [{ secret: "db", dueAt: null }] }),
    );
    expect(lines(out)).toMatchObject([
      { type: "not-due", secret: "db", dueAt: null },
      { type: "run-ended", outcome: "parked", until: "2026-11-23T13:00:00.000Z" },
    ]);
  });

  test("recover ends with what is left to sweep", async () => {
    const sweeping = { left: 2, nextAt: NOW + 60_000 };
    const { out } = await keyturn(
      ["recover", "--json"],
      working({ recovered: [ended("rotated")], sweeping }),
    );
    expect(lines(out)).toMatchObject([
      { type: "run-ended" },
      { type: "recovered", sweeping: 2, nextAt: "2026-11-23T12:01:00.000Z" },
    ]);
    expect(lines((await keyturn(["recover", "--json"])).out)).toEqual([
      { type: "recovered", sweeping: 0, nextAt: null },
    ]);
  });

  test("alerts go to standard error", async () => {
    const { out, err } = await keyturn(["rotate", "--json"], working({ alerts: [NOT_CONVERGED] }));
    expect(out).toBe("");
    expect(err).toMatch(/^alert\[not-converged\]: sam did not converge/);
  });
});

describe("for people", () => {
  test("plain lines in a pipe, and a summary in words", async () => {
    const rotated = [ended("rotated", { retireAt: NOW + DAY_MS })];
    const { out } = await keyturn(["rotate"], working({ rotated }, "rotated"));
    expect(out.split("\n")).toEqual([
      "run 01r  api (v3 → v4)",
      "  ok      create   api  0.5s",
      "  ok      verify   api  0.5s",
      "  ok      deliver  api@docker-secret:swarm/api  0.5s",
      "  ok      activate docker-service:swarm/sam  0.5s",
      "  ok      confirm  docker-service:swarm/sam  0.5s",
      "rotated api → v4. The previous version is revoked 2026-11-24 12:00 UTC (in 1d).",
      "",
    ]);
  });

  test("a failure says what holds now, why, and where to look", async () => {
    const rotated = [ended("rolled-back", { version: 3, error: NOT_CONVERGED })];
    const { out } = await keyturn(["rotate"], working({ rotated }, "rolled-back"));
    expect(out.split("\n").slice(-5)).toEqual([
      "rolled back api: v3 is still in use, and works.",
      "  [not-converged] sam did not converge within 10m",
      "  hint: Look at `docker service ps sam`.",
      "  hint: every step is told by `keyturn show 01r`.",
      "",
    ]);
  });

  test("a rollback that succeeds is no failure: exit code 0, and what to do next", async () => {
    const answers = working({ rotated: [ended("rolled-back", { version: 3 })] });
    const { code, out, requests } = await keyturn(["rollback", "api", "--reason", "bad"], answers);
    expect(requests).toEqual([{ kind: "rollback", rollback: { secret: "api", reason: "bad", actor: null } }]);
    expect({ code, out }).toEqual({
      code: 0,
      out: "rolled back api: v3 is in use again. It is held: `keyturn rotate --now api` gives it a new version.\n",
    });
  });

  test("a rollback that fails exits 1, one that is refused 4, one of an unknown secret 2", async () => {
    const failed = working({ rotated: [ended("rolled-back", { error: NOT_CONVERGED })] });
    expect((await keyturn(["rollback", "api"], failed)).code).toBe(1);
    const error = { code: "nothing-to-roll-back", kind: "rejected", message: "m", hint: null } as const;
    const refused = working({ rotated: [ended("refused", { run: null, error })] });
    expect((await keyturn(["rollback", "api"], refused)).code).toBe(4);
    expect((await keyturn(["rollback", "nope"])).code).toBe(2);
  });

  test("a list of steps on a terminal, with what failed", async () => {
    const rotated = [ended("rolled-back", { version: 3, error: NOT_CONVERGED })];
    const { out } = await keyturn(["rotate"], { ...working({ rotated }, "rolled-back"), isTTY: true });
    // eslint-disable-next-line no-control-regex
    const last = out.replaceAll(/\u001b\[[0-9;?]*[a-zA-Z]/g, "");
    for (const line of [
      "✔ create   api",
      "✔ activate docker-service:swarm/sam",
      "✖ confirm  docker-service:swarm/sam",
      "rolled back api",
    ]) {
      expect(last).toContain(line);
    }
  });

  test("nothing to do is said", async () => {
    expect((await keyturn(["rotate"])).out).toBe("Nothing to do.\n");
    const notDue = [{ secret: "api", dueAt: NOW + DAY_MS }];
    expect((await keyturn(["rotate"], working({ notDue }))).out).toBe(
      "api: not due until 2026-11-24 12:00 UTC (in 1d).\n",
    );
  });

  test("clean-up that is not over is said, with when to look again", async () => {
    const { out } = await keyturn(["recover"], working({ sweeping: { left: 1, nextAt: NOW + 60_000 } }));
    expect(out).toContain(
      "1 unfinished clean-up: `keyturn recover` goes on with it. The next look makes sense 2026-11-23 12:01 UTC",
    );
  });
});

test("a reader that closes the pipe early neither stops the work nor crashes it", async () => {
  const program = new URL("./endless-rotation.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe"] });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code] = (await once(child, "close")) as [number];
  expect({ code, err }).toEqual({ code: 0, err: "worked to the end\n" });
});
