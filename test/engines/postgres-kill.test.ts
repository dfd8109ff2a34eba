/**
 * kill -9 of the real program at the statements that it sends a real server, before they arrive and after, and at the lines that it
 * writes to its audit log, while an application signs in all the time. What a rotation and a retirement send is counted first; the points are spread over it, never hand-placed.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { killAtAudit, readAudit } from "../crash/kill/kill-point.ts";
import { seededRandom, type Random } from "../../src/sandbox/entra/seeded-random.ts";
import { toldBy } from "../e2e/world/start-keyturn.ts";
import { faketimeLibrary } from "../e2e/world/world-clock.ts";
import { judgeEnded, judgeQuiet, judgeSignIns, readPairJournal } from "./postgres/judge-pair.ts";
import { SECRET, startPairWorld, type PairWorld, type Whose } from "./postgres/pair-world.ts";
import { probePostgres } from "./postgres/probe-postgres.ts";
import { startPostgres, type PostgresServer } from "./postgres/start-postgres.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const SEED = Number(process.env["KILL_SEED"] ?? 1);
const KILLS = Number(process.env["KILLS"] ?? 8);
const QUIET_EVERY = 4;
const MOST_RUNS = 40;
const ROTATE = ["rotate", "--now", SECRET, "--json"];
const RECOVER = ["recover", "--json"];
const WHOSE: readonly Whose[] = ["an application", "keyturn itself"];

const engine = await requireEngine("PostgreSQL or libfaketime", () => {
  probePostgres();
  faketimeLibrary();
});
const tally = { kills: 0, missed: 0, signIns: 0 };
const hit = new Map<string, number>();

describeEngine(engine, "a process that is killed locks nobody out of a database", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(async () => {
    await server.close();
    // A line may be seen too late.
    expect(tally.kills).toBeGreaterThan(tally.missed * 2);
    const steps = [...hit].toSorted().map(([step, times]) => `${step} ${times}`);
    console.log(`KILL_SEED=${SEED}: ${JSON.stringify(tally)}; killed during: ${steps.join(", ")}`);
  }, 60_000);

  it.each(WHOSE)("the password is that of %s", { timeout: 3_600_000 }, async (whose) => {
    const world = await startPairWorld(server, whose);
    try {
      await killAgainAndAgain(world, server, seededRandom(SEED));
      tally.signIns += world.signIns().tried;
    } finally {
      await world.close();
    }
  });
});

async function killAgainAndAgain(world: PairWorld, server: PostgresServer, random: Random): Promise<void> {
  const first = await world.keyturn(...ROTATE);
  expect(first.code, first.stdout + first.stderr).toBe(0);
  await recoverUntilQuiet(world);
  expect(await judgeQuiet(world, server)).toEqual([]);
  const rotation = await extentOf(world, ROTATE);
  world.clock.advance(2_000);
  const retirement = await extentOf(world, RECOVER);
  const points = [...pointsIn(ROTATE, rotation, random), ...pointsIn(RECOVER, retirement, random)];
  for (let n = 0; n < KILLS; n += 1) {
    const point = points[Math.floor(((n + random.next()) / KILLS) * points.length)];
    if (point === undefined) throw new Error("there is no point to kill at");
    const what = `seed ${SEED}, ${point.args[0] ?? ""} killed at ${JSON.stringify(point)}`;
    if (point.args === RECOVER) await rotateWell(world, what);
    await killAt(world, point);
    expect(judgeSignIns(world), what).toEqual([]);
    await recover(world);
    expect(judgeEnded(world), what).toEqual([]);
    if (n % QUIET_EVERY !== QUIET_EVERY - 1 && n !== KILLS - 1) {
      await retirePrevious(world);
      continue;
    }
    await recoverUntilQuiet(world);
    expect([...judgeEnded(world), ...(await judgeQuiet(world, server))], what).toEqual([]);
  }
}

interface Extent {
  readonly statements: number;
  readonly lines: number;
}

interface Point {
  readonly args: readonly string[];
  /** Of what it sends the server, or of what it writes to the audit log. */
  readonly at: "statement" | "line";
  readonly nth: number;
  /** The server still gets the statement. */
  readonly arrives: boolean;
}

async function extentOf(world: PairWorld, args: readonly string[]): Promise<Extent> {
  let statements = 0;
  world.tap.onStatement = () => {
    statements += 1;
    return true;
  };
  const before = readAudit(world).length;
  await world.keyturn(...args);
  world.tap.onStatement = () => true;
  return { statements, lines: readAudit(world).length - before };
}

function pointsIn(args: readonly string[], { statements, lines }: Extent, random: Random): readonly Point[] {
  const each = (at: Point["at"], count: number): Point[] =>
    Array.from({ length: count }, (_, n) => ({ args, at, nth: n + 1, arrives: random.next() < 0.6 }));
  return [...each("statement", statements), ...each("line", lines)];
}

async function killAt(world: PairWorld, { args, at, nth, arrives }: Point): Promise<void> {
  const over = new AbortController();
  let seen = 0;
  const running = world.start(args);
  const kill = (): void => running.kill("SIGKILL");
  if (at === "line") killAtAudit(world, nth, kill, over.signal);
  world.tap.onStatement = () => {
    seen += 1;
    if (at !== "statement" || seen !== nth) return true;
    kill();
    return arrives;
  };
  const { code } = await running.finished;
  over.abort();
  world.tap.onStatement = () => true;
  tally[code === null ? "kills" : "missed"] += 1;
  const open = readPairJournal(world).runs.flatMap((run) => run.open);
  const where = open.map(({ step, direction }) => `${direction} ${step}`).join("+") || "(between)";
  hit.set(where, (hit.get(where) ?? 0) + 1);
}

/** So that there is a previous version whose overlap is over. */
async function rotateWell(world: PairWorld, what: string): Promise<void> {
  await retirePrevious(world);
  const { code, stdout, stderr } = await world.keyturn(...ROTATE);
  expect(code, `${what}: ${stdout}${stderr}`).toBe(0);
  world.clock.advance(2_000);
}

/** A rotation is refused during an overlap. */
async function retirePrevious(world: PairWorld): Promise<void> {
  for (let tries = 0; readPairJournal(world).secret?.previous != null && tries < 10; tries += 1) {
    world.clock.advance(2_000);
    await recover(world);
  }
}

interface Recovered {
  readonly sweeping: number;
  readonly nextAt: number;
}

async function recover(world: PairWorld): Promise<Recovered> {
  const finished = await world.keyturn(...RECOVER);
  const last = toldBy(finished).at(-1);
  // 1: what a crash left was undone.
  const isKnown = (finished.code === 0 || finished.code === 1) && last?.type === "recovered";
  expect(isKnown, finished.stdout + finished.stderr).toBe(true);
  return { sweeping: last?.sweeping ?? 0, nextAt: last?.nextAt == null ? 0 : Date.parse(last.nextAt) };
}

/** Time passes in a moment, until nothing is looked for and no overlap is open. */
async function recoverUntilQuiet(world: PairWorld): Promise<void> {
  for (let runs = 1; runs <= MOST_RUNS; runs += 1) {
    const { sweeping, nextAt } = await recover(world);
    const { secret, sweptSince } = readPairJournal(world);
    if (sweeping === 0 && secret?.previous == null) return;
    const until = Math.max(nextAt, secret?.retireAt ?? 0, sweeping > 0 ? (sweptSince ?? 0) + 61_000 : 0);
    world.clock.advance(Math.max(1_000, until - world.clock.now() + 1_000));
  }
  throw new Error(`${SECRET} is not quiet after ${MOST_RUNS} runs of recover`);
}
