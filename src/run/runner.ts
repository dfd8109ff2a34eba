import { RotationError } from "../domain/errors.ts";
import type { AttemptId } from "../domain/journal-record.ts";
import type { RevokeManner, SealOrder } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import { SECOND_MS } from "../domain/time.ts";
import { formatMarker, type RunId } from "../domain/version.ts";
import { nextActions } from "../plan/next.ts";
import type { Action } from "../plan/next/action.ts";
import { takeBaseline } from "./baseline.ts";
import { contextOf } from "./context.ts";
import { withDeadline } from "./deadline.ts";
import type { Workshop } from "./ports.ts";
import { failedResult, type Recorder } from "./recorder.ts";
import { settle, together } from "./settle.ts";
import { effectOf, timeoutOf } from "./steps.ts";
import { lookForStrays } from "./sweep.ts";

/** Choosing may mean to read which names are free. */
const CHOOSE_MS = 60 * SECOND_MS;

/** Carries runs from where the journal says they are to where they park or end. */
export class Runner {
  readonly #shop: Workshop;
  readonly #recorder: Recorder;

  constructor(shop: Workshop, recorder: Recorder) {
    this.#shop = shop;
    this.#recorder = recorder;
  }

  /** Resolves when the run is parked or over, or when the process is asked to stop. Rejects when the journal fails. */
  async drive(run: RunId): Promise<void> {
    while (!this.#shop.signal.aborted) {
      const actions = nextActions(this.state(run), contextOf(this.#shop));
      if (actions.some((each) => each.kind === "stop")) return;
      await together(actions.map((action) => this.#carryOut(run, action)));
    }
  }

  state(run: RunId): RunState {
    const state = this.#shop.journal.tables.get("run", run);
    if (state === undefined)
      throw new RotationError("unknown-run", { kind: "invariant", message: `no run ${run}` });
    return state;
  }

  async #carryOut(run: RunId, action: Action): Promise<void> {
    switch (action.kind) {
      case "record":
        await this.#recorder.record(action.body);
        return;
      case "attempt":
        return this.attempt(action.id);
      case "take-baseline":
        return takeBaseline(this.#shop, this.#recorder, this.state(run));
      case "wait":
        return this.#wait(action.until);
      case "stop":
        return;
    }
  }

  /** Woken early only by a request to stop: the loop then ends by itself. */
  async #wait(until: number): Promise<void> {
    const { clock, signal } = this.#shop;
    await clock.sleep(Math.max(0, until - clock.now()), signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Intent, gate, effect, outcome. Whatever the effect throws becomes the outcome. `manner` is that of a retire. */
  async attempt(id: AttemptId, manner: RevokeManner = {}): Promise<void> {
    const deadlineAt = this.#shop.clock.now() + timeoutOf(id, this.state(id.run));
    const creates = id.step === "create" && id.direction === "do";
    if (creates) await lookForStrays(this.#shop, this.#recorder, id.subject);
    const chosen = await settle(creates ? this.#chooseMaterial(id) : Promise.resolve([]));
    const marker = creates ? formatMarker(id.subject, id.run, id.attempt) : null;
    try {
      await this.#recorder.intent(id, deadlineAt, marker, chosen.ok ? chosen.value : []);
    } catch (error) {
      // The journal failed: nobody knows what it holds, so the next worker looks. A gate that is shut is an outcome.
      if (!(error instanceof RotationError) || error.code !== "audit-unavailable") throw error;
      return this.#recorder.outcome(id, failedResult(error));
    }
    if (!chosen.ok) return this.#recorder.outcome(id, failedResult(chosen.error));
    await this.#effect(id, manner);
  }

  async #effect(id: AttemptId, manner: RevokeManner): Promise<void> {
    const { clock, cut } = this.#shop;
    const run = this.state(id.run);
    const call = (inner: AbortSignal) => effectOf(this.#shop, { id, run, manner }, inner);
    const done = await withDeadline(clock, timeoutOf(id, run), cut, call).catch((error: unknown) => ({
      result: failedResult(error),
      seal: [],
    }));
    await this.#recorder.outcome(id, done.result, done.seal);
  }

  /** Material that we choose is sealed with an intent, once, and the same value is used again after a crash. */
  async #chooseMaterial(id: AttemptId): Promise<readonly SealOrder[]> {
    const { wiring, clock, cut } = this.#shop;
    if (wiring.material(id.subject) === "issued") return [];
    const version = this.state(id.run).secrets.find((each) => each.secret === id.subject)?.to ?? 0;
    if (this.#isSealed(id.subject, version)) return [];
    const issuer = await wiring.issuer(id.subject);
    const material = await withDeadline(clock, CHOOSE_MS, cut, async (inner) => issuer.generate?.(inner));
    if (material === undefined) {
      throw new RotationError("internal", {
        kind: "invariant",
        message: `the issuer of ${id.subject} supplies nothing`,
      });
    }
    return [{ secret: id.subject, version, row: "material", material }];
  }

  #isSealed(secret: string, version: number): boolean {
    try {
      this.#shop.journal.unseal(secret, version, "material");
      return true;
    } catch (error) {
      if (error instanceof RotationError && error.code === "sealed-erased") return false;
      throw error;
    }
  }
}

/** Closes attempts that a crash left open: whether they took effect is not known. */
export async function closeOpenAttempts(shop: Workshop, recorder: Recorder): Promise<void> {
  for (const run of shop.journal.tables.openRuns()) {
    for (const id of run.open) {
      await recorder.outcome(id, { result: "unknown", error: null, retryAfterMs: null, output: null });
    }
  }
}
