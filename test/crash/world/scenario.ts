/** A scenario, played once under given injections and then recovered until nothing is left to do. */
import type { Policy, SecretPolicy } from "../../../src/domain/policy.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import type { RotationRequest } from "../../../src/run/work.ts";
import { MemoryJournal } from "./memory-journal.ts";
import { Crash, type Injection } from "./points.ts";
import { Process } from "./process.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { World, type WorldOptions } from "./world.ts";

export interface Scenario {
  readonly name: string;
  readonly world: WorldOptions;
  readonly policy?: Partial<Policy>;
  readonly request?: Partial<RotationRequest>;
  /** Rotations that go well before the one under test. */
  readonly before?: number;
  /** Something that happens outside once the run is over. */
  readonly meanwhile?: (world: World) => void;
  /** Restores the journal as it stood when `entries` had been written, once the run is over. */
  readonly restore?: (journal: MemoryJournal) => MemoryJournal;
  /** Ends that are right beside rotated and rolled back. */
  readonly mayNeedOperator?: boolean;
}

export interface Played {
  readonly violations: readonly string[];
  readonly points: number;
  /** Points of every process after the first: what a second crash can hit. */
  readonly recoveryPoints: number;
  readonly names: readonly string[];
  readonly outcomes: readonly string[];
}

/** A Monday, 03:00 UTC. */
const START = Date.UTC(2026, 0, 5, 3);
const RECOVERIES = 60;

const POLICY: Policy = {
  name: "test",
  maxAgeMs: 90 * DAY_MS,
  cron: null,
  renewBefore: null,
  timezone: "UTC",
  window: null,
  splayMs: 0,
  overlapMs: DAY_MS,
  keep: 2,
  retry: { attempts: 3, firstMs: 10_000, maxMs: 60_000 },
  allowGap: false,
};

const REQUEST: RotationRequest = {
  secrets: null,
  now: true,
  revokeNow: false,
  outsideWindow: false,
  trigger: "manual",
  reason: null,
  actor: null,
};

/** `first` hits the rotation under test, `second` the processes that recover from it. */
export async function play(
  scenario: Scenario,
  first: readonly Injection[] = [],
  second: readonly Injection[] = [],
): Promise<Played> {
  const game = new Game(scenario);
  for (let n = 0; n < (scenario.before ?? 0); n += 1) await game.rotateWell();
  return game.rotateUnder(first, second);
}

class Game {
  readonly #scenario: Scenario;
  readonly #clock = new VirtualClock(START);
  readonly #world: World;
  readonly #policies: readonly SecretPolicy[];
  #journal = new MemoryJournal();
  #runs = 0;
  #mayNeedOperator: boolean;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#mayNeedOperator = scenario.mayNeedOperator === true;
    this.#world = new World(this.#clock, scenario.world);
    const policy = { ...POLICY, ...scenario.policy };
    const secrets = [...new Set(Object.values(scenario.world.services).flat())];
    this.#policies = secrets.map((secret) => ({ secret, policy, labels: {}, dependsOn: [] }));
  }

  async rotateWell(): Promise<void> {
    const { broken: _, ...kind } = this.#world.options;
    Object.assign(this.#world, { options: kind });
    await this.#process([]).work({ ...REQUEST, outsideWindow: true });
    await this.#settle([], 0);
    this.#clock.advance(2 * DAY_MS);
    await this.#settle([], 0);
    Object.assign(this.#world, { options: this.#scenario.world });
  }

  async rotateUnder(first: readonly Injection[], second: readonly Injection[]): Promise<Played> {
    // A far side that refuses outright may refuse to take a version back, too.
    if ([...first, ...second].some((each) => each.fault === "rejected")) this.#mayNeedOperator = true;
    const process = this.#process(first);
    await this.#survive(() => process.work({ ...REQUEST, ...this.#scenario.request }));
    this.#scenario.meanwhile?.(this.#world);
    this.#journal = this.#scenario.restore?.(this.#journal) ?? this.#journal;
    this.#world.check("the run");
    const recoveryPoints = await this.#settle(second, 0);
    await this.#overlapEnds();
    this.#audit();
    return {
      violations: this.#world.violations,
      points: process.points.count,
      recoveryPoints,
      names: process.points.names,
      outcomes: this.#journal.tables.all("run").flatMap((run) => run.outcomes.map((each) => each.outcome)),
    };
  }

  #process(injections: readonly Injection[]): Process {
    const newRunId = (): string => `r${(this.#runs += 1)}`;
    return new Process({
      world: this.#world,
      journal: this.#journal,
      policies: this.#policies,
      injections,
      newRunId,
    });
  }

  async #survive(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#clock.forgetSleepers();
    }
  }

  /** Recovers until nothing is open, owed or listed. The points count on over the processes. */
  async #settle(injections: readonly Injection[], offset: number): Promise<number> {
    let done = offset;
    for (let round = 0; round < RECOVERIES; round += 1) {
      const process = this.#process(injections.map(({ point, fault }) => ({ point: point - done, fault })));
      await this.#survive(() => process.work(null));
      done += process.points.count;
      this.#world.landDue();
      this.#world.check("recovery");
      if (!process.points.dead && this.#isQuiet()) return done;
      this.#clock.advance(this.#nextStepMs());
    }
    this.#world.violations.push("I5: not over after all recoveries");
    return done;
  }

  #isQuiet(): boolean {
    const { tables } = this.#journal;
    const listed = tables.all("sweep").some((row) => row.state === "listed");
    return !listed && tables.openRuns().length === 0 && this.#world.landing === 0;
  }

  #nextStepMs(): number {
    const parked = this.#journal.tables.openRuns().flatMap((run) => run.parkedUntil ?? []);
    return Math.max(20_000, ...parked.map((until) => until - this.#clock.now()));
  }

  async #overlapEnds(): Promise<void> {
    this.#clock.advance(2 * DAY_MS);
    await this.#settle([], 0);
  }

  /** I2, I3 and I5, once everything had its time. */
  #audit(): void {
    const { violations } = this.#world;
    const { tables, entries } = this.#journal;
    const held = tables
      .all("secret")
      .flatMap((secret) => Object.values(secret.versions).filter((each) => each.stage !== "retired"));
    const heldIds = held.map((each) => each.credential.id);
    for (const each of this.#world.live()) {
      const excused = tables.all("sweep").some((row) => row.marker === each.marker && row.state === "blocked");
      if (!heldIds.includes(each.id) && !excused) violations.push(`I2: ${each.marker} is alive and not in the journal`);
    }
    for (const id of heldIds) {
      if (!this.#world.live().some((each) => each.id === id)) violations.push(`I2: ${id} is in the journal and dead`);
    }
    for (const secret of tables.all("secret")) {
      const alerted = secret.needsOperator !== null || secret.retireError !== null;
      if (secret.previous !== null && !alerted) violations.push(`I2: ${secret.secret} was not retired`);
    }
    this.#auditErased(violations);
    auditRecords(entries.map((entry) => entry.record), violations);
    const ends = tables.all("run").flatMap((run) => run.outcomes.map((each) => each.outcome));
    const expected = this.#mayNeedOperator ? ["rotated", "rolled-back", "needs-operator"] : ["rotated", "rolled-back"];
    for (const end of ends) if (!expected.includes(end)) violations.push(`I5: a run ended ${end}`);
  }

  #auditErased(violations: string[]): void {
    for (const secret of this.#journal.tables.all("secret")) {
      for (const version of Object.values(secret.versions)) {
        if (version.stage === "retired" && !version.erased && secret.needsOperator === null) {
          violations.push(`I4: ${secret.secret} v${version.version} is retired and still sealed`);
        }
        if (version.stage === "current") this.#journal.unseal(secret.secret, version.version, "material");
      }
    }
  }
}

function auditRecords(records: readonly { readonly type: string }[], violations: string[]): void {
  const open = new Map<string, number>();
  for (const record of records) {
    if (record.type !== "intent" && record.type !== "outcome") continue;
    const { key, direction, attempt } = record as unknown as { key: string; direction: string; attempt: number };
    const id = `${key} ${direction} ${attempt}`;
    const count = open.get(id) ?? 0;
    if (record.type === "intent" ? count !== 0 : count !== 1) violations.push(`I3: ${record.type} of ${id} out of turn`);
    open.set(id, count + 1);
  }
  for (const [id, count] of open) if (count !== 2) violations.push(`I3: ${id} has no outcome`);
}
