/**
 * kill -9 of the real program, at points spread over the life of a rotation. What a rotation needs of each kind (requests,
 * lines, time) is counted first; the points are spread over it evenly, never hand-placed.
 */
import { afterAll, expect, it } from "vitest";
import { describeEngine, requireEngine } from "../../engines/require-engine.ts";
import { startDockerConsumer } from "../../e2e/world/docker-consumer.ts";
import { startFileConsumer } from "../../e2e/world/file-consumer.ts";
import { findLeaks } from "../../e2e/world/find-leaks.ts";
import { faketimeLibrary } from "../../e2e/world/world-clock.ts";
import { SECRET, World, type ConsumerSide, type Ground } from "../../e2e/world/world.ts";
import { seededRandom, type Random } from "../../../src/sandbox/entra/seeded-random.ts";
import { judgeAfterKill, judgeQuiet, judgeRecovered, readJournal } from "./judge.ts";
import { measure, runAndKill, type Extent, type KillPoint } from "./kill-point.ts";
import { recover, recoverUntilQuiet } from "./recover.ts";

const SEED = Number(process.env["KILL_SEED"] ?? 1);
const KILLS = Number(process.env["KILLS"] ?? 8);
const QUIET_EVERY = 4;
const ROTATE = ["rotate", "--now", SECRET, "--json"];
const RECOVER = ["recover", "--json"];

interface Scenario {
  readonly name: string;
  readonly consumer: (ground: Ground) => Promise<ConsumerSide>;
  /** When a new secret works; null for never. */
  readonly worksAfterMs: number | null;
  readonly refuses: boolean;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "a file, and all goes well", consumer: startFileConsumer, worksAfterMs: 0, refuses: false },
  { name: "a service, and all goes well", consumer: startDockerConsumer, worksAfterMs: 400, refuses: false },
  {
    name: "a file, and the new secret is never accepted",
    consumer: startFileConsumer,
    worksAfterMs: null,
    refuses: false,
  },
  {
    name: "a file, and the process does not take the new version",
    consumer: startFileConsumer,
    worksAfterMs: 0,
    refuses: true,
  },
  {
    name: "a service, and its new tasks fail",
    consumer: startDockerConsumer,
    worksAfterMs: 0,
    refuses: true,
  },
];

const tally = { kills: 0, missed: 0, killedRecoveries: 0, recoveries: 0, signIns: 0 };
const hit = new Map<string, number>();
const faketime = await requireEngine("libfaketime", () => void faketimeLibrary());

describeEngine(faketime, "a process that is killed leaves nothing behind that recovery does not mend", () => {
  it.concurrent.each(SCENARIOS)("$name", { timeout: 600_000 }, async (scenario) => {
    const seed = SEED * 100 + SCENARIOS.indexOf(scenario);
    const world = await World.start({ seed, consumer: scenario.consumer, settle: "2s" });
    try {
      await killAgainAndAgain(world, scenario, seededRandom(seed));
    } finally {
      await world.close();
    }
  });

  afterAll(() => {
    const steps = [...hit].sort().map(([step, times]) => `${step} ${times}`);
    // Most of what was meant to be killed was.
    expect(tally.kills).toBeGreaterThan(tally.missed * 3);
    console.log(`KILL_SEED=${SEED}: ${JSON.stringify(tally)}; killed during: ${steps.join(", ")}`);
  });
});

async function killAgainAndAgain(world: World, scenario: Scenario, random: Random): Promise<void> {
  world.entra.replication.signIn = [0, 0];
  const first = await world.keyturn(...ROTATE);
  expect(first.code, first.stderr).toBe(0);
  const { worksAfterMs } = scenario;
  world.entra.replication.signIn = worksAfterMs === null ? [1e9, 1e9] : [worksAfterMs, worksAfterMs];
  if (scenario.refuses) world.consumer.refuseNewVersions();
  const extent = await measure(world, ROTATE);
  await recoverUntilQuiet(world);
  for (const [n, point] of spread(extent, KILLS, random).entries()) {
    const what = `seed ${SEED}, ${scenario.name}, kill ${n + 1} at ${JSON.stringify(point)}`;
    await killOnce(world, point, n % 3 === 2 ? random : null, what);
    // So that the next rotation is admitted: the overlap is a second.
    await retirePrevious(world, random, what);
    if (n % QUIET_EVERY !== QUIET_EVERY - 1 && n !== KILLS - 1) continue;
    tally.recoveries += await recoverUntilQuiet(world);
    expect([...(await judgeRecovered(world)), ...(await judgeQuiet(world))], what).toEqual([]);
    expect(findLeaks(world), what).toEqual([]);
  }
  tally.signIns += world.consumer.signIns().tried;
}

async function killOnce(world: World, point: KillPoint, again: Random | null, what: string): Promise<void> {
  const { killed } = await runAndKill(world, ROTATE, point);
  tally[killed ? "kills" : "missed"] += 1;
  await note(world, killed);
  expect(await judgeAfterKill(world), what).toEqual([]);
  if (again !== null) {
    const second = await runAndKill(world, RECOVER, { at: "time", ms: again.between([300, 2_500]) });
    if (second.killed) tally.killedRecoveries += 1;
    expect(await judgeAfterKill(world), `${what}, and in recovery`).toEqual([]);
  }
  await recover(world);
  tally.recoveries += 1;
  await untilSignedIn(world);
  expect(await judgeRecovered(world), what).toEqual([]);
}

/** The first worker that would retire it is killed as well. */
async function retirePrevious(world: World, random: Random, what: string): Promise<void> {
  for (let tries = 0; (await readJournal(world)).secret?.previous != null && tries < 10; tries += 1) {
    world.advance(2_000);
    if (tries === 0) {
      const nth = 1 + Math.floor(random.between([0, 4]));
      const at = random.pick(["tenant", "audit"] as const);
      const applied = random.next() < 0.6;
      const { killed } = await runAndKill(
        world,
        RECOVER,
        at === "audit" ? { at, nth } : { at, nth, applied },
      );
      if (killed) tally.killedRecoveries += 1;
      await note(world, killed);
      expect(await judgeAfterKill(world), `${what}, and while it retired`).toEqual([]);
    }
    await recover(world);
    tally.recoveries += 1;
  }
}

/** What is held now has been signed in with. */
async function untilSignedIn(world: World): Promise<void> {
  const { tried } = world.consumer.signIns();
  while (world.consumer.signIns().tried < tried + 4) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The kinds in turn, each point a little further on in what one rotation needs. */
function spread(extent: Extent, count: number, random: Random): readonly KillPoint[] {
  const kinds = (["tenant", "audit", "engine", "output", "time"] as const).filter(
    (kind) => kind !== "engine" || extent.engine > 0,
  );
  return Array.from({ length: count }, (_, n) => {
    const share = (n + random.next()) / count;
    const at = kinds[n % kinds.length] ?? "time";
    if (at === "time") return { at, ms: share * extent.ms };
    const nth = 1 + Math.floor(share * extent[at]);
    if (at === "audit" || at === "output") return { at, nth };
    return { at, nth, applied: random.next() < 0.6 };
  });
}

async function note(world: World, killed: boolean): Promise<void> {
  const { runs } = await readJournal(world);
  const open = runs.flatMap((run) => run.open.map(({ step, direction }) => `${direction} ${step}`));
  const where = !killed ? "(ended before)" : open.length > 0 ? open.join("+") : "(between)";
  hit.set(where, (hit.get(where) ?? 0) + 1);
}
