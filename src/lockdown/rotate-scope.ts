/** Every secret of a scope gets a new version and loses the old one, without an overlap, whoever fails meanwhile. */
import { credentialsOf } from "../domain/adoption.ts";
import { recordError, RotationError, type RecordedError } from "../domain/errors.ts";
import type { Json } from "../domain/ports.ts";
import type { LockdownState } from "../domain/state.ts";
import { SECOND_MS } from "../domain/time.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import { endedWell, stepKey } from "../domain/run.ts";
import { adoptNamed, noteForeign } from "../run/adopt.ts";
import { planRotation, type Prospect } from "../run/planner.ts";
import type { Workshop } from "../run/ports.ts";
import type { Recorder } from "../run/recorder.ts";
import { resultsOf } from "../run/results.ts";
import { retire } from "../run/retire.ts";
import { closeOpenAttempts, Runner } from "../run/runner.ts";
import { settle } from "../run/settle.ts";

const REVOKE_TRIES = 6;
const REVOKE_PAUSE_MS = 2 * SECOND_MS;

/** What became of one secret. */
export interface Rotated {
  readonly secret: SecretName;
  readonly run: RunId | null;
  readonly error: RecordedError | null;
}

export class ScopeRotation {
  readonly #shop: Workshop;
  readonly #recorder: Recorder;
  readonly #runner: Runner;

  constructor(shop: Workshop, recorder: Recorder) {
    this.#shop = shop;
    this.#recorder = recorder;
    this.#runner = new Runner(shop, recorder);
  }

  /** What a worker left, whoever ended it, is finished or undone; what waits for its window waits no longer. */
  async recover(of: LockdownState): Promise<void> {
    await closeOpenAttempts(this.#shop, this.#recorder);
    const open = this.#shop.journal.tables.openRuns().filter(({ phase }) => phase !== "ended");
    for (const { phase, run, secrets } of open) {
      const mine = secrets.some(({ secret }) => of.secrets.includes(secret));
      if (mine && phase === "parked") await this.#recorder.record({ type: "run-resumed", run });
    }
    await this.#drive(open.map(({ run }) => run));
  }

  /** What this lockdown has rotated before keeps its version; its old one is revoked if it still lives. */
  async rotate(of: LockdownState, all: readonly SecretName[]): Promise<readonly Rotated[]> {
    const before = all.filter((secret) => this.#isRotated(of, secret));
    const revoked = await Promise.all(
      before.map(async (secret) => ({ secret, run: null, error: await this.#retire(secret) })),
    );
    const left = all.filter((secret) => !before.includes(secret));
    return [...revoked, ...(left.length === 0 ? [] : await this.#rotateNow(of, left))];
  }

  #isRotated({ runs }: LockdownState, secret: SecretName): boolean {
    return runs.some((run) =>
      this.#runner.state(run).outcomes.some((each) => each.secret === secret && each.outcome === "rotated"),
    );
  }

  async #rotateNow(of: LockdownState, secrets: readonly SecretName[]): Promise<readonly Rotated[]> {
    await adoptNamed(this.#shop, this.#recorder, secrets);
    const request = { secrets, now: true, revokeNow: true, outsideWindow: true, lockdown: of.lockdown };
    const plan = await planRotation(this.#shop, request, (prospect) => this.#clear(prospect));
    const runs = await this.#begin(plan.runs, of);
    await this.#drive(runs);
    const refused = plan.refused.map(({ secret, error }) => ({ secret, run: null, error }));
    const ended = await Promise.all(runs.map((run) => this.#revokeOld(run)));
    return [...refused, ...ended.flat()];
  }

  /** The current versions, before there are new ones: whoever uses them fails from here on. */
  async revoke(secret: SecretName, signal: AbortSignal): Promise<Json> {
    const state = this.#shop.journal.tables.get("secret", secret);
    const current = state?.versions[String(state.current)];
    if (current === undefined) return { how: "there is none that keyturn knows" };
    const issuer = await this.#shop.wiring.issuer(secret);
    for (const credential of credentialsOf(current))
      await issuer.revoke(credential, signal, { endSessions: true });
    return { version: current.version };
  }

  async #begin(
    plans: Awaited<ReturnType<typeof planRotation>>["runs"],
    { lockdown, scope, reason, actor }: LockdownState,
  ): Promise<readonly RunId[]> {
    const runs: RunId[] = [];
    const why = { trigger: "manual", reason: `lockdown of ${scope}: ${reason}`, actor } as const;
    for (const plan of plans) {
      const run = this.#shop.newRunId();
      await this.#recorder.record({ type: "run-started", run, ...why, revokeNow: true, lockdown, ...plan });
      runs.push(run);
    }
    return runs;
  }

  async #clear({ secret, foreign, retireFirst }: Prospect): Promise<RecordedError | null> {
    await noteForeign(this.#shop, this.#recorder, secret, foreign);
    return retireFirst ? this.#retire(secret) : null;
  }

  /** The version that is left behind goes at once, whoever may still use it. */
  async #revokeOld(run: RunId): Promise<readonly Rotated[]> {
    const results = resultsOf(this.#shop, this.#runner.state(run));
    return Promise.all(
      results.map(async (each) => {
        const { secret, error } = each;
        if (!endedWell(each)) return { secret, run, error: error ?? notRotated(secret) };
        return { secret, run, error: (await this.#retire(secret)) ?? this.#leftBehind(run, secret) };
      }),
    );
  }

  /** A consumer that still has the version which was just revoked. */
  #leftBehind(run: RunId, secret: SecretName): RecordedError | null {
    const { baselines, steps } = this.#runner.state(run);
    const users = (baselines ?? []).filter(({ items }) => items.some((item) => item.secret === secret));
    const failed = users.flatMap(({ consumer }) =>
      (["activate", "confirm"] as const).map(
        (step) => steps[stepKey(run, step, consumer)]?.do?.error ?? null,
      ),
    );
    return failed.find((error) => error !== null) ?? null;
  }

  /** Far sides lag, and may not see yet what is to be revoked. */
  async #retire(secret: SecretName): Promise<RecordedError | null> {
    for (let tries = 1; ; tries += 1) {
      const error = await this.#retireOnce(secret);
      if (error === null || error.kind === "rejected" || error.kind === "invariant") return error;
      if (tries >= REVOKE_TRIES || this.#shop.signal.aborted) return error;
      await settle(this.#shop.clock.sleep(REVOKE_PAUSE_MS, this.#shop.signal));
    }
  }

  async #retireOnce(secret: SecretName): Promise<RecordedError | null> {
    const state = this.#shop.journal.tables.get("secret", secret);
    if (state?.previous == null) return null;
    const version = await retire(this.#shop, this.#recorder, this.#runner, state, {
      manner: { endSessions: true },
      confirm: () => Promise.resolve(),
    });
    if (version !== null) return null;
    return this.#shop.journal.tables.get("secret", secret)?.retireError ?? notRotated(secret);
  }

  /** One that fails is told by its journal, and keeps nobody else from going on. */
  async #drive(runs: readonly RunId[]): Promise<void> {
    const driven = await Promise.all(runs.map((run) => settle(this.#runner.drive(run))));
    for (const each of driven) if (!each.ok && each.error.code === "lease-lost") throw each.error;
  }
}

function notRotated(secret: SecretName): RecordedError {
  return recordError(
    new RotationError("dependency-failed", {
      kind: "rejected",
      message: `${secret} was not rotated, or its old version could not be revoked`,
      hint: "See `keyturn show` of its last run.",
    }),
  );
}
