/** What scripts and people read: the shapes of `--json`, exit codes, and plain text without decoration in a pipe. */
import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { startQuietFileWorld } from "./world/quiet-world.ts";
import { commandEnvironment, toldBy, type Finished } from "./world/start-keyturn.ts";
import { faketimeLibrary } from "./world/world-clock.ts";
import { SECRET, type World } from "./world/world.ts";

const run = promisify(execFile);
const BIN = join(import.meta.dirname, "../../bin/keyturn");
/** script(1) of util-linux, which every Debian has. */
const SCRIPT = "/usr/bin/script";
const ROTATE = ["rotate", "--now", SECRET];
const ESCAPE = "\u001b";

const iso = z.iso.datetime({ precision: 3 });
const error = z.object({
  code: z.string().regex(/^[a-z-]+$/),
  message: z.string().min(1),
  hint: z.string().nullable(),
});
const evidence = z.enum(["converged", "probed", "in-use"]);
const outcome = z.enum(["rotated", "rolled-back", "needs-operator", "refused", "parked"]);
const runEnded = z.object({
  type: z.literal("run-ended"),
  secret: z.string(),
  run: z.string().nullable(),
  outcome,
  until: iso.optional(),
  version: z.int().nullable(),
  retireAt: iso.nullable(),
  error: error.optional(),
});
const status = z.object({
  secrets: z.array(
    z.object({
      name: z.string(),
      policy: z.string(),
      version: z.int().nullable(),
      createdAt: iso.nullable(),
      notAfter: iso.nullable(),
      dueAt: iso.nullable(),
      due: z.boolean(),
      previous: z.object({ version: z.int(), retireAt: iso.nullable() }).nullable(),
      evidence: evidence.nullable(),
      foreign: z.int(),
      lastRun: z.object({ run: z.string(), outcome, endedAt: iso }).nullable(),
      health: z.enum([
        "ok",
        "due",
        "overdue",
        "expiring",
        "failing",
        "needs-operator",
        "retire-overdue",
        "locked",
        "held",
        "unmanaged",
      ]),
    }),
  ),
});
const runRow = z.object({
  run: z.string(),
  secrets: z.array(z.string()).min(1),
  trigger: z.enum(["manual", "schedule"]),
  reason: z.string().nullable(),
  startedAt: iso,
  endedAt: iso.nullable(),
  outcome: outcome.nullable(),
});
const history = z.object({ runs: z.array(runRow) });
const show = runRow.extend({
  steps: z.array(
    z.object({
      key: z.string().regex(/^[0-9a-z]+\/[a-z]+\/.+$/),
      name: z.enum(["create", "verify", "deliver", "activate", "confirm", "retire", "prune"]),
      subject: z.string(),
      state: z.enum(["pending", "running", "done", "failed", "undone", "unknown", "parked"]),
      startedAt: iso.nullable(),
      endedAt: iso.nullable(),
      error: error.optional(),
    }),
  ),
});

describe("--json", () => {
  it("tells a rotation and what is known afterwards in the shapes of the contract", async () => {
    const world = await startQuietFileWorld();
    expect(status.parse(document(await world.keyturn("status", "--json"))).secrets).toMatchObject([
      { name: SECRET, version: null, due: false, previous: null, evidence: null, health: "unmanaged" },
    ]);
    const rotated = await world.keyturn(...ROTATE, "--json", "--reason", "because");
    const ended = runEnded.parse(toldBy(rotated).at(-1));
    expect(ended).toMatchObject({ secret: SECRET, outcome: "rotated", version: 1, retireAt: null });
    expect([rotated.code, rotated.stderr]).toEqual([0, ""]);

    expect(runEnded.parse(toldBy(await world.keyturn(...ROTATE, "--json")).at(-1)).retireAt).not.toBeNull();
    expect(status.parse(document(await world.keyturn("status", SECRET, "--json"))).secrets).toMatchObject([
      { version: 2, due: false, previous: { version: 1 }, evidence: "in-use", health: "ok" },
    ]);
    const { runs } = history.parse(document(await world.keyturn("history", SECRET, "--json")));
    expect(runs).toHaveLength(2);
    expect(runs[1]).toMatchObject({
      run: ended.run,
      trigger: "manual",
      reason: "because",
      outcome: "rotated",
    });
    const shown = show.parse(document(await world.keyturn("show", String(ended.run), "--json")));
    expect(shown.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      ...["create done", "verify done", "deliver done", "activate done", "confirm done", "prune done"],
    ]);
    const recovered = toldBy(await world.keyturn("recover", "--json"));
    expect(recovered).toEqual([{ type: "recovered", sweeping: 0, nextAt: null }]);
  });

  it("tells a rotation that was rolled back, with its reason, and exits 1", async () => {
    const world = await startQuietFileWorld({ owned: false });
    const finished = await world.keyturn(...ROTATE, "--json");
    const ended = runEnded.parse(toldBy(finished).at(-1));
    expect([finished.code, ended.outcome, ended.error?.code]).toEqual([
      1,
      "rolled-back",
      "permission-denied",
    ]);
    const shown = show.parse(document(await world.keyturn("show", String(ended.run), "--json")));
    expect(shown.steps.find(({ name }) => name === "create")).toMatchObject({
      state: "failed",
      error: { code: "permission-denied" },
    });
    expect(status.parse(document(await world.keyturn("status", "--json"))).secrets[0]?.lastRun?.outcome).toBe(
      "rolled-back",
    );
  });

  it("tells what could neither be finished nor undone, and exits 3", async () => {
    const world = await startQuietFileWorld();
    world.consumer.refuseNewVersions();
    const running = world.start([...ROTATE, "--json"], (line) => {
      // The process cannot be told any more to read its old secret.
      if (line.includes('"name":"confirm"')) writeFileSync(join(world.folder, "app.pid"), "?");
    });
    const finished = await running.finished;
    const ended = runEnded.parse(toldBy(finished).at(-1));
    expect([finished.code, ended.outcome], finished.stderr).toEqual([3, "needs-operator"]);
    expect(finished.stderr).toContain("alert[");
    expect(status.parse(document(await world.keyturn("status", "--json"))).secrets[0]?.health).toBe(
      "needs-operator",
    );
    const refused = await world.keyturn(...ROTATE, "--json");
    expect([refused.code, runEnded.parse(toldBy(refused).at(-1)).error?.code]).toEqual([
      4,
      "locked-by-operator",
    ]);
  });

  it("says that nothing is due, and exits 0", async () => {
    const world = await startQuietFileWorld();
    const finished = await world.keyturn("rotate", "--json");
    expect(finished.code).toBe(0);
    expect(toldBy(finished)).toEqual([{ type: "not-due", secret: SECRET, dueAt: null }]);
  });
});

const faketime = await requireEngine("libfaketime", () => void faketimeLibrary());

describeEngine(faketime, "a rotation that is due outside its window", () => {
  it("is parked until it opens, and exits 0", async () => {
    const world = await startQuietFileWorld();
    expect((await world.keyturn(...ROTATE)).code).toBe(0);
    const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    world.configure((parts) => {
      const window = { days: [days[(new Date().getUTCDay() + 4) % 7]], from: "02:00", to: "03:00" };
      return { ...parts, policy: { ...parts.policy, maxAge: "1d", window } };
    });
    world.advance(2 * 86_400_000);
    const finished = await world.keyturn("rotate", "--json");
    const ended = runEnded.parse(toldBy(finished).at(-1));
    expect([finished.code, ended.outcome], finished.stderr).toEqual([0, "parked"]);
    expect(Date.parse(ended.until ?? "")).toBeGreaterThan(world.clock.now());
    expect(world.consumer.heldVersions()).toEqual([1]);
  });
});

describe("in a pipe", () => {
  it("there are no escape sequences, whatever is told", async () => {
    const world = await startQuietFileWorld();
    const said: Finished[] = [
      await world.keyturn(...ROTATE),
      await world.keyturn("rotate", "--now", "nobody"),
    ];
    for (const command of ["status", "history", "recover", "rotate", "--help"])
      said.push(await world.keyturn(command));
    expect(said.map(({ code }) => code)).toEqual([0, 2, 0, 0, 0, 0, 0]);
    for (const { stdout, stderr } of said) expect(stdout + stderr).not.toContain(ESCAPE);
  });

  it("a reader that closes it early is no error", async () => {
    const world = await startQuietFileWorld();
    const script = `"$0" status --config "$1" | head -0; echo "status \${PIPESTATUS[0]}"`;
    const env = commandEnvironment(join(world.folder, "tmp"));
    const { stdout, stderr } = await run("bash", ["-c", script, BIN, world.configFile], { env });
    const seen = stdout + stderr;
    expect(seen).toBe("status 0\n");
  });
});

describe("on a terminal", () => {
  it("there is colour, unless NO_COLOR asks for none", async () => {
    const world = await startQuietFileWorld();
    expect(onTerminal(world, {})).toContain(`${ESCAPE}[`);
    expect(onTerminal(world, { NO_COLOR: "1" })).not.toContain(ESCAPE);
  });
});

function document({ stdout, stderr, code }: Finished): unknown {
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as unknown;
}

/** script(1) gives the command a terminal of its own. */
function onTerminal(world: World, more: Readonly<Record<string, string>>): string {
  const env = { ...commandEnvironment(join(world.folder, "tmp")), TERM: "xterm-256color", ...more };
  const command = `'${BIN}' status --config '${world.configFile}'`;
  return execFileSync(SCRIPT, ["-qec", command, "/dev/null"], { env, encoding: "utf8" });
}
