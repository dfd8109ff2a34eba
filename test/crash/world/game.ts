/** A world, its journal and the processes that work on it, one after the other. */
import type { JournalRecord } from "../../../src/domain/journal-record.ts";
import type { Policy, SecretPolicy } from "../../../src/domain/policy.ts";
import { RotationError } from "../../../src/domain/errors.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import type { Forecast } from "../../../src/run/forecast.ts";
import type { RotationRequest, WorkRequest } from "../../../src/run/work.ts";
import { auditQuiet } from "./audit.ts";
import { MemoryJournal } from "./memory-journal.ts";
import { moveOn } from "./move-on.ts";
import type { WorldOptions } from "./options.ts";
import { Crash, type Injection } from "./points.ts";
import { Person } from "./person.ts";
import { Process } from "./process.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { World } from "./world.ts";

/** A Monday, 03:00 UTC. */
const START = Date.UTC(2026, 0, 5, 3);
const RECOVERIES = 60;
const STEP_MS = 20_000;

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

export interface GameOptions {
  readonly world: WorldOptions;
  readonly policy?: Partial<Policy>;
  readonly dependsOn?: Readonly<Record<string, readonly string[]>>;
  /** Symmetric, as the configuration makes it. */
  readonly notWith?: Readonly<Record<string, readonly string[]>>;
  /** A person moves on who uses a version whose run was rolled back: nobody else may. */
  readonly personMovesOn?: true;
}

export class Game {
  readonly clock = new VirtualClock(START);
  readonly world: World;
  journal = new MemoryJournal();
  /** Secrets that the configuration does not name for now. */
  unconfigured: readonly string[] = [];
  /** Nobody gives a value or says that something is done. */
  personAway = false;
  onRecord: (record: JournalRecord) => void = () => undefined;
  /** Calls of ports and appends to the journal so far, over all processes. */
  steps = 0;
  readonly #person: Person;
  readonly #personMovesOn: boolean;
  readonly policies: readonly SecretPolicy[];
  #runs = 0;

  constructor({ world, policy, dependsOn, notWith, personMovesOn }: GameOptions) {
    this.#personMovesOn = personMovesOn === true;
    this.world = new World(this.clock, world);
    this.#person = new Person(this.world.issuer, world.byHand ?? []);
    const secrets = [...new Set(Object.values(world.services).flat())];
    this.policies = secrets.map((secret) => ({
      secret,
      policy: { ...POLICY, ...policy },
      labels: {},
      dependsOn: dependsOn?.[secret] ?? [],
      notWith: notWith?.[secret] ?? [],
      stores: [],
    }));
  }

  /** One process does what it can: it may be killed, or find that the journal cannot be written. */
  async work(request: Partial<RotationRequest> | null, injections: readonly Injection[]): Promise<Process> {
    if (request === null) return this.#work(this.#upkeep(), injections);
    const rotation = this.#asked(request);
    const process = await this.#work({ kind: "rotate", rotation }, injections);
    this.#person.takeBack();
    return process;
  }

  #asked(request: Partial<RotationRequest>): RotationRequest {
    const offered = this.personAway || request.given !== undefined ? {} : this.#person.offer();
    return { ...REQUEST, ...request, ...offered };
  }

  /** Recovery; or, when a person has revoked what keyturn cannot, the word that it is done, which begins with one. */
  #upkeep(): WorkRequest {
    const secret = this.#person.hasDone(this.journal.tables);
    if (secret === null || this.personAway) return { kind: "recover" };
    return { kind: "retire", retirement: { secret, done: true, reason: null, actor: null } };
  }

  async retire(secret: string, done: boolean): Promise<Process> {
    const retirement = { secret, done, reason: "revoked on the vendor's page", actor: "ops" };
    return this.#work({ kind: "retire", retirement }, []);
  }

  async rollBack(secret: string, injections: readonly Injection[]): Promise<Process> {
    return this.#work({ kind: "rollback", rollback: { secret, reason: null, actor: null } }, injections);
  }

  async adopt(secrets: readonly string[] | null): Promise<Process> {
    return this.#work({ kind: "adopt", secrets }, []);
  }

  async resolve(secret: string, keep: number): Promise<Process> {
    const resolution = { secret, keep, reason: "put right by hand", actor: null };
    return this.#work({ kind: "resolve", resolution }, []);
  }

  /** What a daemon has a worker do. */
  async request(request: WorkRequest): Promise<Process> {
    return this.#work(request, []);
  }

  /** Rotations that are asked for at the same time, of one worker. */
  async workAtOnce(
    ...requests: readonly [Partial<RotationRequest>, ...Partial<RotationRequest>[]]
  ): Promise<Process> {
    const [first, ...beside] = requests.map(
      (each) => ({ kind: "rotate", rotation: this.#asked(each) }) as const,
    );
    if (first === undefined) throw new Error("nothing is asked for");
    return this.#work(first, [], beside);
  }

  async #work(
    request: WorkRequest,
    injections: readonly Injection[],
    beside: readonly WorkRequest[] = [],
  ): Promise<Process> {
    const process = this.#process(injections);
    try {
      await process.work(request, beside);
    } catch (error) {
      const full = error instanceof RotationError && error.code === "journal-unavailable";
      if (!(error instanceof Crash) && !full) throw error;
      process.points.kill();
      this.clock.forgetSleepers();
    }
    this.steps += Math.ceil(process.points.count / 2);
    return process;
  }

  /** What a rotation would do now. */
  async plan(request: Partial<RotationRequest>): Promise<Forecast> {
    const forecast = await this.#process([]).plan(this.#asked(request));
    this.#person.takeBack();
    return forecast;
  }

  #process(injections: readonly Injection[]): Process {
    return new Process({
      world: this.world,
      journal: this.journal,
      policies: this.policies.filter((each) => !this.unconfigured.includes(each.secret)),
      injections,
      newRunId: () => `r${(this.#runs += 1)}`,
      onRecord: (record) => {
        this.#person.hear(record, this.journal.tables);
        this.onRecord(record);
      },
    });
  }

  /** Recovers until nothing is left to do. The points of `injections` count on over the processes; gives their number. */
  async settle(injections: readonly Injection[], isOver: () => boolean = () => true): Promise<number> {
    let points = 0;
    for (let round = 0; round < RECOVERIES; round += 1) {
      const ahead = injections.map(({ point, fault }) => ({ point: point - points, fault }));
      const process = await this.work(null, ahead);
      points += process.points.count;
      this.world.landDue();
      this.world.check("recovery");
      if (!process.points.dead && this.isQuiet() && isOver()) {
        this.world.violations.push(...auditQuiet(this.world, this.journal));
        return points;
      }
      if (this.#personMovesOn) this.#moveOn();
      this.clock.advance(this.isQuiet() ? this.#untilRetiredMs() : this.#nextStepMs());
    }
    this.world.violations.push("I5: not over after all recoveries");
    return points;
  }

  #moveOn(): void {
    for (const run of this.journal.tables.openRuns()) {
      const errors = run.owed.flatMap((key) => run.steps[key]?.undo?.error ?? []);
      if (!errors.some(({ code }) => code === "in-use-unexpectedly")) continue;
      for (const { secret } of run.secrets) moveOn(this.world, this.journal, secret);
    }
  }

  isQuiet(): boolean {
    const { tables } = this.journal;
    const listed = tables.all("sweep").some((row) => row.state === "listed");
    const waits = this.#person.isNeeded(tables);
    return !listed && !waits && tables.openRuns().length === 0 && this.world.landing === 0;
  }

  /** What was adopted only by a recovery has its overlap before it. */
  #untilRetiredMs(): number {
    const ahead = this.journal.tables.all("secret").flatMap((each) => each.retireAt ?? []);
    return Math.max(STEP_MS, ...ahead.map((at) => at - this.clock.now()));
  }

  #nextStepMs(): number {
    const parked = this.journal.tables.openRuns().flatMap((run) => run.parkedUntil ?? []);
    return Math.max(STEP_MS, ...parked.map((until) => until - this.clock.now()));
  }
}
