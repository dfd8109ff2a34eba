/** `rotate --value-stdin` and `retire --done` as installed: a person makes secrets in the tenant, and revokes them there. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { findLeaks, findLeaksOfProcess } from "./world/find-leaks.ts";
import { startQuietFileWorld } from "./world/quiet-world.ts";
import { commandEnvironment, toldBy, type Finished } from "./world/start-keyturn.ts";
import { faketimeLibrary } from "./world/world-clock.ts";
import { SECRET, type World } from "./world/world.ts";
import type { Section } from "./world/write-config.ts";

const ISSUER = { kind: "manual", instructions: "Ask the tenant's owner", url: "https://tenant.example.com" };
const GIVE = ["rotate", SECRET, "--value-stdin"] as const;
const faketime = await requireEngine("libfaketime", () => void faketimeLibrary());
const BIN = join(import.meta.dirname, "../../bin/keyturn");

async function worldByHand(policy: Section = {}): Promise<World> {
  const world = await startQuietFileWorld();
  const byHand = {
    [SECRET]: { issuer: ISSUER, targets: world.consumer.targets, probes: world.consumer.probes },
  };
  world.configure((parts) => ({ ...parts, policy: { ...parts.policy, ...policy }, secrets: byHand }));
  return world;
}

/** What a person gets from the tenant. */
function newValue(world: World): string {
  return world.app.addSecret("by hand").secretText;
}

function outcomeOf(finished: Finished): unknown {
  const { type, outcome, version, error } = toldBy(finished).at(-1) ?? { type: "nothing" };
  return { type, outcome, version, error: error?.code };
}

async function statusOf(world: World): Promise<unknown> {
  const { stdout } = await world.keyturn("status", "--json");
  return (JSON.parse(stdout) as { secrets: readonly unknown[] }).secrets[0];
}

describeEngine(faketime, "with time that passes", () => {
  it("brings a given value to the process, and holds the old one for revoked only when a person says so", async () => {
    const world = await worldByHand({ overlap: "1s" });
    const [first, second] = [newValue(world), newValue(world)];
    expect(outcomeOf(await world.keyturn("rotate", "--now", SECRET, "--json"))).toMatchObject({
      outcome: "refused",
      error: "value-needed",
    });
    expect((await world.given(`${first}\n`, ...GIVE)).code).toBe(0);
    expect(outcomeOf(await world.given(first, ...GIVE, "--json"))).toMatchObject({ error: "value-known" });

    const leaks: string[] = [];
    const running = world.start(
      [...GIVE, "--json"],
      () => {
        try {
          leaks.push(...findLeaksOfProcess(world, running.pid));
        } catch {
          // It has ended meanwhile.
        }
      },
      {},
      second,
    );
    expect((await running.finished).code).toBe(0);
    expect(leaks).toEqual([]);
    expect(world.consumer.heldVersions()).toEqual([2]);

    world.advance(3_600_000);
    const told = await world.keyturn("recover");
    expect(told.stderr).toContain(`keyturn retire ${SECRET} --done`);
    expect(told.stderr).toContain("Ask the tenant's owner");
    expect((await world.keyturn("recover")).stderr).toBe("");
    expect(await statusOf(world)).toMatchObject({
      version: 2,
      previous: { version: 1, revokeByHand: true },
      health: "ok",
    });
    expect((await world.keyturn("retire", SECRET)).code).toBe(4);
    world.entra.expire(world.appId, first);
    const done = await world.keyturn(
      "retire",
      SECRET,
      "--done",
      "--reason",
      "revoked in the portal",
      "--json",
    );
    expect([done.code, toldBy(done).at(-1)]).toMatchObject([0, { type: "retired", version: 1 }]);
    expect(await statusOf(world)).toMatchObject({ version: 2, previous: null, health: "ok" });
    expect((await world.keyturn("retire", SECRET, "--done")).code).toBe(4);
    expect(world.consumer.signIns().failed).toBe(0);
    expect(readFileSync(join(world.folder, "secrets", SECRET), "utf8")).toBe(second);
    expect(world.canaries).toContain(second);
    expect(findLeaks(world)).toEqual([]);
  });
});

it("says of a value that did not come into use that it may be live, and takes it again", async () => {
  const world = await worldByHand();
  expect((await world.given(newValue(world), ...GIVE)).code).toBe(0);
  const bad = "a-value-that-nobody-accepts";
  world.canaries.add(bad);
  const refused = await world.given(bad, ...GIVE);
  expect([refused.code, refused.stderr]).toMatchObject([1, expect.stringContaining("alert[value-unused]")]);
  expect(await statusOf(world)).toMatchObject({ version: 1, previous: null });
  expect(outcomeOf(await world.given(bad, ...GIVE, "--json"))).toMatchObject({
    outcome: "rolled-back",
  });
  expect((await world.given(newValue(world), ...GIVE)).code).toBe(0);
  expect(findLeaks(world)).toEqual([]);
});

it.each(["create", "verify", "deliver", "activate", "confirm"])(
  "killed at %s, it goes on with the value that was given",
  async (step) => {
    const world = await worldByHand({ overlap: "1h" });
    expect((await world.given(newValue(world), ...GIVE)).code).toBe(0);
    const value = newValue(world);
    const kill = (line: string): void => {
      if (line.includes(`"name":"${step}"`)) running.kill("SIGKILL");
    };
    const running = world.start([...GIVE, "--json"], kill, {}, value);
    expect((await running.finished).code).toBeNull();
    expect((await world.keyturn("recover")).code).toBe(0);
    expect(world.consumer.heldVersions()).toEqual([2]);
    expect(readFileSync(join(world.folder, "secrets", SECRET), "utf8")).toBe(value);
    expect(world.consumer.signIns().failed).toBe(0);
    expect(findLeaks(world)).toEqual([]);
  },
);

it("on a terminal it asks twice, and shows nothing of the answer", async () => {
  const world = await worldByHand();
  const value = newValue(world);
  const different = await onTerminal(world, [value, "something else"]);
  expect(different).toContain("the two values are not the same");
  expect(world.consumer.heldVersions()).toEqual([0]);
  const screen = await onTerminal(world, [value, value]);
  expect(screen).not.toContain(value);
  expect(screen).toContain("rotated");
  expect(world.consumer.heldVersions()).toEqual([1]);
});

/** Types the answers one after the other when it is asked for them; gives all that the terminal showed. */
async function onTerminal(world: World, answers: readonly string[]): Promise<string> {
  const command = [BIN, ...GIVE, "--config", world.configFile].map((word) => `'${word}'`).join(" ");
  const env = { ...commandEnvironment(join(world.folder, "tmp")), ...world.clock.environment, TERM: "xterm" };
  const terminal = spawn("script", ["-qefc", command, "/dev/null"], { stdio: ["pipe", "pipe", "pipe"], env });
  const questions = ["not shown: ", "Once more: "];
  let screen = "";
  let answered = 0;
  terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    if (answered < answers.length && screen.includes(questions[answered] ?? "")) {
      terminal.stdin.write(`${answers[answered]}\r`);
      answered += 1;
    }
  });
  await once(terminal, "close");
  return screen;
}
