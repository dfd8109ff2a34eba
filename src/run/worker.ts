import { RotationError, type RecordedError } from "../domain/errors.ts";
import type { Entry } from "../domain/journal-record.ts";
import { lockOf } from "../domain/lockdown.ts";
import type { Sink, TableReader } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import type { PlannedRun } from "../plan/plan.ts";
import { givenSeals, knownValue } from "./given.ts";
import { adoptAsked, adoptNamed, noteForeign, type Adopted } from "./adopt.ts";
import { planRotation, type Prospect } from "./planner.ts";
import type { Workshop } from "./ports.ts";
import { Recorder } from "./recorder.ts";
import { resolve } from "./resolve.ts";
import { remind } from "./remind.ts";
import { refusedResult, resolvedResult, resultsOf } from "./results.ts";
import { retire, retireDue, type Retired } from "./retire.ts";
import { retireAsked } from "./retire-asked.ts";
import { rollBack } from "./rollback.ts";
import { closeOpenAttempts, Runner } from "./runner.ts";
import { nextLookAt, sweep } from "./sweep.ts";
import { debtDueAt, eraseDead, owedRows, payDebts, pruneDue } from "./upkeep.ts";
import type {
  Resolution,
  RetireRequest,
  RotationRequest,
  SecretResult,
  WorkRequest,
  WorkResult,
} from "./work.ts";

const RUNS_AT_ONCE = 8;

/** Does, under the lease, what the journal still owes, and then what is asked for. */
export class Worker {
  readonly #shop: Workshop;
  readonly #recorder: Recorder;
  readonly #runner: Runner;
  readonly #alerts: RecordedError[] = [];

  constructor(shop: Workshop) {
    this.#shop = shop;
    const alerts: Sink = { kind: "alerts", gating: false, observe: (entry) => this.#noteAlert(entry) };
    this.#recorder = new Recorder(shop.journal, [...shop.sinks, alerts], shop.clock);
    this.#runner = new Runner(shop, this.#recorder);
  }

  async work(request: WorkRequest): Promise<WorkResult> {
    const recovered = await this.#recover();
    // What is to be gone back to must not be retired first, even if its overlap is over.
    const retired = request.kind === "rollback" ? [] : [...(await this.#upkeep(request.kind === "rotate"))];
    const adopted = [...(await this.#adopt(request))];
    const asked = await this.#answer(request, retired, adopted);
    if (request.kind !== "recover") retired.push(...(await this.#upkeep(true)));
    if (this.#shop.signal.aborted) throw stopped();
    await remind(this.#shop, this.#recorder);
    return { recovered, ...asked, retired, adopted, sweeping: this.#sweeping(), alerts: this.#alerts };
  }

  /** Before anything is planned, so that a secret which was taken over is due like any other. */
  async #adopt(request: WorkRequest): Promise<readonly Adopted[]> {
    if (request.kind !== "rotate" && request.kind !== "recover") return [];
    const secrets = request.kind === "rotate" ? request.rotation.secrets : null;
    return adoptNamed(this.#shop, this.#recorder, secrets ?? this.#shop.wiring.secrets);
  }

  async #answer(
    request: WorkRequest,
    retired: Retired[],
    adopted: Adopted[],
  ): Promise<Pick<WorkResult, "rotated" | "notDue">> {
    switch (request.kind) {
      case "adopt": {
        const asked = await adoptAsked(
          this.#shop,
          this.#recorder,
          request.secrets ?? this.#shop.wiring.secrets,
        );
        adopted.push(...asked.adopted);
        return { rotated: asked.refused, notDue: [] };
      }
      case "recover":
        return { rotated: [], notDue: [] };
      case "rotate":
        return this.#rotate(request.rotation, retired);
      case "rollback":
        return {
          rotated: await rollBack(this.#shop, this.#recorder, this.#runner, request.rollback),
          notDue: [],
        };
      case "resolve":
        return { rotated: [await this.#resolve(request.resolution)], notDue: [] };
      case "retire":
        return { rotated: await this.#retire(request.retirement, retired), notDue: [] };
    }
  }

  async #resolve(resolution: Resolution): Promise<SecretResult> {
    const error = await resolve(this.#shop, this.#recorder, resolution);
    return error === null
      ? resolvedResult(this.#shop, resolution.secret)
      : refusedResult(this.#shop, resolution.secret, error);
  }

  /** The upkeep before may have done it already. */
  async #retire(request: RetireRequest, retired: Retired[]): Promise<readonly SecretResult[]> {
    if (retired.some(({ secret }) => secret === request.secret)) return [];
    const answer = await retireAsked(this.#shop, this.#recorder, this.#runner, request);
    if ("error" in answer) return [refusedResult(this.#shop, request.secret, answer.error)];
    retired.push(answer);
    return [];
  }

  async #noteAlert(entry: Entry): Promise<void> {
    if (entry.record.type === "alert") this.#alerts.push(entry.record.error);
    if (entry.record.type === "needs-operator") this.#alerts.push(...entry.record.errors);
  }

  /** Finishes or undoes what a crash left. */
  async #recover(): Promise<readonly SecretResult[]> {
    await closeOpenAttempts(this.#shop, this.#recorder);
    const { tables } = this.#shop.journal;
    const open = tables.openRuns().filter((run) => run.phase !== "ended" && !isLockedDown(run, tables));
    await this.#drive(open.map((run) => run.run));
    return open.flatMap((run) => resultsOf(this.#shop, this.#runner.state(run.run)));
  }

  async #upkeep(patient: boolean): Promise<readonly Retired[]> {
    await payDebts(this.#shop, this.#recorder, this.#runner, patient);
    const retired = await retireDue(this.#shop, this.#recorder, this.#runner, patient);
    await sweep(this.#shop, this.#recorder);
    await pruneDue(this.#shop, this.#runner);
    await eraseDead(this.#shop, this.#recorder);
    return retired;
  }

  async #rotate(
    request: RotationRequest,
    retired: Retired[],
  ): Promise<Pick<WorkResult, "rotated" | "notDue">> {
    const plan = await planRotation(this.#shop, request, (prospect) =>
      this.#clear(prospect, request, retired),
    );
    const refused = plan.refused.map(({ secret, error }) => refusedResult(this.#shop, secret, error));
    const runs = plan.runs.length === 0 ? [] : await this.#begin(plan.runs, request);
    await this.#drive(runs);
    return {
      rotated: [...refused, ...runs.flatMap((run) => resultsOf(this.#shop, this.#runner.state(run)))],
      notDue: plan.notDue,
    };
  }

  /** Everything was read and is in order: only now does a live previous version go. */
  async #clear(
    { secret, foreign, retireFirst }: Prospect,
    { given }: RotationRequest,
    retired: Retired[],
  ): Promise<RecordedError | null> {
    await noteForeign(this.#shop, this.#recorder, secret, foreign);
    const known = knownValue(this.#shop, secret, given);
    if (known !== null) return known;
    const state = this.#shop.journal.tables.get("secret", secret);
    if (!retireFirst || state === undefined) return null;
    const version = await retire(this.#shop, this.#recorder, this.#runner, state);
    if (version === null)
      return this.#shop.journal.tables.get("secret", secret)?.retireError ?? stillAlive(secret);
    retired.push({ secret, version });
    return null;
  }

  async #begin(plans: readonly PlannedRun[], request: RotationRequest): Promise<readonly RunId[]> {
    await this.#shop.checkRoom();
    const runs: RunId[] = [];
    const { trigger, reason, actor, revokeNow, given } = request;
    for (const plan of plans) {
      const run = this.#shop.newRunId();
      const body = { type: "run-started", run, trigger, reason, actor, revokeNow, ...plan } as const;
      await this.#recorder.record(body, givenSeals(plan, given));
      runs.push(run);
    }
    return runs;
  }

  /** A few runs at a time; the first failure of the journal ends all of them. */
  async #drive(runs: readonly RunId[]): Promise<void> {
    const waiting = [...runs];
    const lane = async (): Promise<void> => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await this.#runner.drive(run);
    };
    const lanes = await Promise.allSettled(Array.from({ length: Math.min(RUNS_AT_ONCE, runs.length) }, lane));
    const failed = lanes.find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
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

function stillAlive(secret: SecretName): RecordedError {
  const message = `the previous version of ${secret} could not be retired first`;
  return { code: "overlap-open", kind: "rejected", message, hint: "See `keyturn show` of its last run." };
}
