/** A scenario, played once under given injections and then recovered until nothing is left to do. */
import { DAY_MS } from "../../../src/domain/time.ts";
import type { JournalRecord } from "../../../src/domain/journal-record.ts";
import type { RotationRequest } from "../../../src/run/work.ts";
import { auditRecords, auditRetired, auditSessions } from "./audit.ts";
import { marks } from "./consumer-side.ts";
import { Game, type GameOptions } from "./game.ts";
import type { MemoryJournal } from "./memory-journal.ts";
import type { WorldOptions } from "./options.ts";
import type { Injection } from "./points.ts";
import type { World } from "./world.ts";

export interface Scenario extends GameOptions {
  readonly name: string;
  readonly request?: Partial<RotationRequest>;
  /** Rotations that go well before the one under test. */
  readonly before?: number;
  /** Then one more that goes well, whose previous version is still alive. */
  readonly fresh?: true;
  /** Two days later these are rotated once more, and two days pass. */
  readonly younger?: readonly string[];
  /** A target is added to the configuration, and the current version is brought there: all goes well. */
  readonly extended?: (world: World) => void;
  /** Something that happens outside before the work under test. */
  readonly first?: (world: World) => void;
  /** The work under test is no rotation: this secret is rolled back. */
  readonly rollBack?: string;
  /** Something that happens outside when this record has been written for the first time in the run under test. */
  readonly when?: {
    readonly record: (record: JournalRecord) => boolean;
    readonly happens: (world: World) => void;
  };
  /** Something that happens outside once the run is over. */
  readonly meanwhile?: (world: World) => void;
  /** Restores the journal as it stood when `entries` had been written, once the run is over. */
  readonly restore?: (journal: MemoryJournal) => MemoryJournal;
  /** Secrets that are taken out of the configuration once the process is gone, for an hour. */
  readonly unconfigured?: readonly string[];
  /** Rotates again an hour later, with a kind world. */
  readonly again?: boolean;
  /** Ends that are right beside rotated and rolled back. */
  readonly mayNeedOperator?: boolean;
  /** Services that hold the current version of x at the end, unless an operator is waited for. */
  readonly reached?: readonly string[];
  /** Services that nothing is to happen to. */
  readonly untouched?: readonly string[];
  /** Somebody keeps using the previous version. */
  readonly keepsPrevious?: boolean;
}

export interface Played {
  readonly violations: readonly string[];
  readonly points: number;
  /** Points of every process after the first: what a second crash can hit. */
  readonly recoveryPoints: number;
  readonly names: readonly string[];
  readonly outcomes: readonly string[];
}

/** As a worker asks that comes by in the course of time. */
export const SCHEDULED: Partial<RotationRequest> = { now: false, trigger: "schedule" };

const INTERLUDE_ROUNDS = 6;
const INTERLUDE_STEP_MS = 600_000;

/** `first` hits the rotation under test, `second` the processes that recover from it and retire the old version. */
export async function play(
  scenario: Scenario,
  first: readonly Injection[] = [],
  second: readonly Injection[] = [],
): Promise<Played> {
  const game = new Game(scenario);
  for (let n = 0; n < (scenario.before ?? 0); n += 1) await rotateWell(game);
  if (scenario.fresh === true) await kindly(game, () => game.work({ outsideWindow: true }, []));
  if (scenario.younger !== undefined) await rotateWell(game, { secrets: scenario.younger });
  await extendWell(game, scenario);
  scenario.first?.(game.world);
  return rotateUnder(game, scenario, first, second);
}

async function extendWell(game: Game, { extended }: Scenario): Promise<void> {
  if (extended === undefined) return;
  extended(game.world);
  await kindly(game, () => game.work(SCHEDULED, []));
}

async function rotateWell(game: Game, request: Partial<RotationRequest> = {}): Promise<void> {
  await kindly(game, async () => {
    await game.work({ outsideWindow: true, ...request }, []);
    await game.settle([]);
    game.clock.advance(2 * DAY_MS);
    await game.settle([]);
  });
}

async function kindly({ world }: Game, happens: () => Promise<unknown>): Promise<void> {
  const { options } = world;
  world.options = kind(options);
  await happens();
  world.options = options;
}

function kind(options: WorldOptions): WorldOptions {
  return { ...options, broken: {}, stillborn: [], stuck: [] };
}

async function rotateUnder(
  game: Game,
  scenario: Scenario,
  first: readonly Injection[],
  second: readonly Injection[],
): Promise<Played> {
  const { world } = game;
  const restartsBefore = restartsOf(world);
  const versionsBefore = new Map([...world.consumers.services].map(([id, { version }]) => [id, version]));
  watch(game, scenario);
  const process = await (scenario.rollBack === undefined
    ? game.work(scenario.request ?? {}, first)
    : game.rollBack(scenario.rollBack, first));
  scenario.meanwhile?.(world);
  game.journal = scenario.restore?.(game.journal) ?? game.journal;
  world.check("the run");
  await interlude(game, scenario);
  const recovery = await game.settle(second);
  game.clock.advance(2 * DAY_MS);
  const retired = (): boolean =>
    scenario.keepsPrevious === true || auditRetired(world, game.journal).length === 0;
  const later = await game.settle(
    second.map(({ point, fault }) => ({ point: point - recovery, fault })),
    retired,
  );
  const outcomes = game.journal.tables.all("run").flatMap((run) => run.outcomes.map((each) => each.outcome));
  // A far side that refuses outright may refuse to take a version back, too.
  const refuses = [...first, ...second].some((each) => each.fault === "rejected");
  const mayNeedOperator = scenario.mayNeedOperator === true || refuses;
  return {
    violations: [
      ...world.violations,
      ...auditRecords(game.journal.entries.map((entry) => entry.record)),
      ...auditSessions(world, game.journal, scenario.request?.revokeNow === true),
      ...(scenario.again === true ? [] : restarts(world, restartsBefore)),
      ...touched(world, scenario, versionsBefore),
      ...(outcomes.includes("needs-operator") ? [] : missed(game, scenario)),
      ...outcomes
        .filter((end) => end === "needs-operator" && !mayNeedOperator)
        .map((end) => `I5: a run ended ${end}`),
    ],
    points: process.points.count,
    recoveryPoints: recovery + later,
    names: process.points.names,
    outcomes,
  };
}

function watch(game: Game, { when }: Scenario): void {
  let happened = false;
  game.onRecord = (record) => {
    if (happened || when?.record(record) !== true) return;
    happened = true;
    when.happens(game.world);
  };
}

/** Recovery without its configuration must neither fail nor do harm; and what cannot be undone now is undone later. */
async function interlude(
  game: Game,
  { unconfigured = [], again = false, request = {} }: Scenario,
): Promise<void> {
  if (unconfigured.length === 0 && !again) return;
  game.unconfigured = unconfigured;
  for (let round = 0; round < INTERLUDE_ROUNDS; round += 1) {
    await game.work(null, []);
    game.world.landDue();
    game.world.check("a recovery");
    game.clock.advance(INTERLUDE_STEP_MS);
  }
  game.unconfigured = [];
  game.world.options = kind(game.world.options);
  if (again) await game.work(request, []);
}

function restartsOf(world: World): ReadonlyMap<string, number> {
  return new Map([...world.consumers.services].map(([id, service]) => [id, service.restarts]));
}

/** Secrets that share a consumer switch together: one request costs a service one restart, whatever happens. */
function restarts(world: World, before: ReadonlyMap<string, number>): readonly string[] {
  return [...restartsOf(world)]
    .filter(([id, count]) => count - (before.get(id) ?? 0) > 1)
    .map(([id, count]) => `${id} was restarted ${count - (before.get(id) ?? 0)} times`);
}

function touched(
  world: World,
  { untouched = [] }: Scenario,
  before: ReadonlyMap<string, number>,
): readonly string[] {
  return untouched
    .filter((id) => world.consumers.get(id).version !== before.get(id))
    .map((id) => `${id} was changed, and had the version already`);
}

function missed({ world, journal }: Game, { reached = [] }: Scenario): readonly string[] {
  const { current = null, versions = {} } = journal.tables.get("secret", "x") ?? {};
  const marker = versions[String(current)]?.marker ?? "";
  return reached
    .filter((id) => !marks(world.consumers.get(id).runs.get("x"), marker))
    .map((id) => `I5: ${id} was never given the current version`);
}
