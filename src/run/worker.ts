import { RotationError, type RecordedError } from "../domain/errors.ts";
import type { Entry } from "../domain/journal-record.ts";
import { lockOf } from "../domain/lockdown.ts";
import type { Sink, TableReader } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import type { ScanName } from "../domain/scan.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import { raiseAlarms } from "./alarm.ts";
import { adoptAsked, adoptNamed, type Adopted } from "./adopt.ts";
import { Intake } from "./intake.ts";
import { Lanes, routeLane, soleLane, type Lane } from "./lanes.ts";
import type { Workshop } from "./ports.ts";
import { Recorder } from "./recorder.ts";
import { remind } from "./remind.ts";
import { resolve } from "./resolve.ts";
import { refusedResult, resolvedResult, resultsOf } from "./results.ts";
import { retireAsked } from "./retire-asked.ts";
import { rollBack } from "./rollback.ts";
import { closeOpenAttempts, Runner } from "./runner.ts";
import { scan } from "./scan.ts";
import { together } from "./settle.ts";
import { nextLookAt } from "./sweep.ts";
import { Tending } from "./tending.ts";
import { debtDueAt, eraseDead, owedRows } from "./upkeep.ts";
import type {
  Resolution,
  RetireRequest,
  RollbackRequest,
  ScanResult,
  SecretResult,
  WorkRequest,
  WorkResult,
} from "./work.ts";

/** Runs that were left open, and are gone on with. */
interface Recovery {
  readonly results: Promise<readonly SecretResult[]>;
  readonly bySecret: ReadonlyMap<SecretName, Promise<unknown>>;
}

const NOTHING: Recovery = { results: Promise.resolve([]), bySecret: new Map() };

/** Does, under the lease, what the journal still owes and what is asked for; several requests may be under way at once. */
export class Worker {
  readonly #shop: Workshop;
  readonly #recorder: Recorder;
  readonly #runner: Runner;
  readonly #alerts: RecordedError[] = [];
  readonly #lanes = new Lanes();
  readonly #planned = new Set<SecretName>();
  readonly #driven = new Map<RunId, Promise<void>>();
  #closing: Promise<void> | null = null;

  constructor(shop: Workshop) {
    this.#shop = shop;
    const alerts: Sink = { kind: "alerts", gating: false, observe: (entry) => this.#noteAlert(entry) };
    this.#recorder = new Recorder(shop.journal, [...shop.sinks, alerts], shop.clock);
    this.#runner = new Runner(shop, this.#recorder);
  }

  async work(request: WorkRequest): Promise<WorkResult> {
    const heard = this.#alerts.length;
    const recovery = await this.#recover();
    if (request.kind === "recover") await recovery.results;
    const tending = this.#tending(request.kind === "rotate", recovery);
    // What is to be gone back to must not be retired first, even if its overlap is over.
    const tended = request.kind === "rollback" ? [] : [tending.everyone()];
    const asked = this.#answer(request, tending, recovery);
    await together<unknown>([asked, recovery.results, ...tended]);
    const retired = [...tending.retired];
    if (request.kind !== "recover") {
      const again = this.#tending(true, NOTHING);
      await again.everyone();
      retired.push(...again.retired);
    }
    await this.#lanes.within([soleLane("closing", "")], () => this.#close());
    if (this.#shop.signal.aborted) throw stopped();
    const alerts = this.#alerts.slice(heard);
    return {
      recovered: await recovery.results,
      ...(await asked),
      retired,
      sweeping: this.#sweeping(),
      alerts,
    };
  }

  async #close(): Promise<void> {
    await eraseDead(this.#shop, this.#recorder);
    await raiseAlarms(this.#shop, this.#recorder);
    await remind(this.#shop, this.#recorder);
  }

  async #answer(request: WorkRequest, tending: Tending, recovery: Recovery): Promise<Answer> {
    switch (request.kind) {
      case "recover":
        return { rotated: [], notDue: [], adopted: await this.#adoptAll(tending) };
      case "adopt":
        return this.#adopt(request.secrets ?? this.#shop.wiring.secrets, tending);
      case "rotate": {
        const intake = new Intake(this.#ground(), request.rotation, tending);
        return { ...(await intake.rotate()), adopted: intake.adopted };
      }
      case "scan":
        return { ...NOTHING_ELSE, rotated: [], scanned: await this.#scan(request.scans) };
      case "retire":
        await tending.of(request.retirement.secret);
        return { ...NOTHING_ELSE, rotated: await this.#retire(request.retirement, tending) };
      case "rollback":
        await recovery.bySecret.get(request.rollback.secret);
        return { ...NOTHING_ELSE, rotated: await this.#rollBack(request.rollback) };
      case "resolve":
        await tending.of(request.resolution.secret);
        return { ...NOTHING_ELSE, rotated: [await this.#resolve(request.resolution)] };
    }
  }

  /** One after the other, and never the same one twice at a time. */
  #scan(names: readonly ScanName[] | null): Promise<readonly ScanResult[]> {
    const scans = [...new Set(names ?? this.#shop.scans.names)];
    return this.#lanes.within([soleLane("scan", "")], async () => {
      const results: ScanResult[] = [];
      for (const name of scans) results.push(await scan(this.#shop, this.#recorder, name));
      return results;
    });
  }

  /** What cannot be read now is left to the next worker. */
  async #adoptAll(tending: Tending): Promise<readonly Adopted[]> {
    const adopted = await together(
      this.#shop.wiring.secrets.map(async (secret) => {
        await tending.of(secret);
        return this.#atIssuer(secret, () => adoptNamed(this.#shop, this.#recorder, [secret]));
      }),
    );
    return adopted.flat();
  }

  async #adopt(secrets: readonly SecretName[], tending: Tending): Promise<Answer> {
    const answers = await together(
      secrets.map(async (secret) => {
        await tending.of(secret);
        return this.#atIssuer(secret, () => adoptAsked(this.#shop, this.#recorder, [secret]));
      }),
    );
    const rotated = answers.flatMap((each) => each.refused);
    return { rotated, notDue: [], adopted: answers.flatMap((each) => each.adopted) };
  }

  #atIssuer<T>(secret: SecretName, task: () => Promise<T>): Promise<T> {
    const connections = this.#shop.wiring.connections(secret);
    return this.#lanes.within([soleLane("secret", secret), routeLane("survey", connections)], task);
  }

  /** The tending before may have done it already. */
  #retire(request: RetireRequest, { retired }: Tending): Promise<readonly SecretResult[]> {
    return this.#lanes.within([soleLane("secret", request.secret)], async () => {
      if (retired.some(({ secret }) => secret === request.secret)) return [];
      const answer = await retireAsked(this.#shop, this.#recorder, this.#runner, request);
      if ("error" in answer) return [refusedResult(this.#shop, request.secret, answer.error)];
      retired.push(answer);
      return [];
    });
  }

  #rollBack(request: RollbackRequest): Promise<readonly SecretResult[]> {
    const drive = (run: RunId): Promise<void> => this.#drive(run);
    const state = (run: RunId): RunState => this.#runner.state(run);
    return this.#lanes.within([soleLane("secret", request.secret)], () =>
      rollBack(this.#shop, this.#recorder, { drive, state }, request),
    );
  }

  #resolve(resolution: Resolution): Promise<SecretResult> {
    const { secret } = resolution;
    return this.#lanes.within([soleLane("secret", secret)], async () => {
      const error = await resolve(this.#shop, this.#recorder, resolution);
      return error === null ? resolvedResult(this.#shop, secret) : refusedResult(this.#shop, secret, error);
    });
  }

  async #noteAlert(entry: Entry): Promise<void> {
    if (entry.record.type === "alert") this.#alerts.push(entry.record.error);
    if (entry.record.type === "needs-operator") this.#alerts.push(...entry.record.errors);
  }

  /** Finishes or undoes what a crash left, and goes on with what was parked. Attempts are closed by the first request only. */
  async #recover(): Promise<Recovery> {
    this.#closing ??= this.#closeOpenAttempts();
    await this.#closing;
    const { tables } = this.#shop.journal;
    const open = tables
      .openRuns()
      .filter((run) => run.phase !== "ended" && !this.#driven.has(run.run) && !isLockedDown(run, tables));
    const driving = open.map((run) => ({ run, over: this.#isParked(run) ? null : this.#drive(run.run) }));
    const over = together(driving.flatMap((each) => each.over ?? []));
    const results = over.then(() =>
      open.flatMap((run) => resultsOf(this.#shop, this.#runner.state(run.run))),
    );
    // Whoever waits for it is told; until then it is not an error that nobody handles.
    results.catch(() => undefined);
    const named = driving.flatMap(({ run, over: one }) =>
      one === null ? [] : run.secrets.map(({ secret }) => [secret, one] as const),
    );
    return { results, bySecret: new Map(named) };
  }

  async #closeOpenAttempts(): Promise<void> {
    await closeOpenAttempts(this.#shop, this.#recorder);
  }

  #isParked({ phase, parkedUntil }: RunState): boolean {
    return phase === "parked" && parkedUntil !== null && parkedUntil > this.#shop.clock.now();
  }

  #tending(patient: boolean, { bySecret }: Recovery): Tending {
    return new Tending({ ...this.#ground(), patient, recovering: bySecret });
  }

  #ground() {
    const drive = (run: RunId): Promise<void> => this.#drive(run);
    const [shop, recorder, runner] = [this.#shop, this.#recorder, this.#runner];
    return { shop, recorder, runner, lanes: this.#lanes, planned: this.#planned, drive };
  }

  /** Alone with its consumers: a service is not switched by two runs at once. */
  #drive(run: RunId): Promise<void> {
    const known = this.#driven.get(run);
    if (known !== undefined) return known;
    const driving = this.#lanes
      .within(this.#lanesOf(this.#runner.state(run)), () => this.#runner.drive(run))
      .finally(() => this.#driven.delete(run));
    this.#driven.set(run, driving);
    return driving;
  }

  #lanesOf({ secrets, consumers }: RunState): readonly Lane[] {
    const { wiring } = this.#shop;
    const named = secrets.map(({ secret }) => secret).filter((secret) => wiring.has(secret));
    const route = routeLane(
      "run",
      named.flatMap((secret) => wiring.connections(secret)),
    );
    return [route, ...consumers.map(({ id }) => soleLane("consumer", id))];
  }

  /** What later workers still have to look after. */
  #sweeping(): WorkResult["sweeping"] {
    const { tables } = this.#shop.journal;
    const owed = tables
      .openRuns()
      .filter((run) => run.phase === "ended")
      .flatMap(owedRows);
    const listed = tables.all("sweep").filter((row) => row.state === "listed");
    const looks = [
      ...owed.map((row) => debtDueAt(row, true)),
      ...listed.flatMap((row) => nextLookAt(row) ?? []),
    ];
    return { left: looks.length, nextAt: looks.length === 0 ? null : Math.min(...looks) };
  }
}

/** A lockdown goes on with these runs itself: they switch what it contains. */
function isLockedDown({ secrets }: RunState, tables: TableReader): boolean {
  const lockdowns = tables.all("lockdown");
  return secrets.some(({ secret }) => lockOf(lockdowns, secret) !== undefined);
}

function stopped(): RotationError {
  return new RotationError("aborted", {
    kind: "transient",
    message: "keyturn was asked to stop before the work was over",
    hint: "What is open stays as it is, and works; `keyturn recover` goes on with it.",
  });
}

type Answer = Pick<WorkResult, "rotated" | "notDue" | "adopted" | "scanned">;

const NOTHING_ELSE = { notDue: [], adopted: [] } as const;
