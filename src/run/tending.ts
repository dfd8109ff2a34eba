/** What the journal owes for each secret outside its runs, in order: debts of ended runs, retire, sweep, prune. */
import type { RunId, SecretName } from "../domain/version.ts";
import type { RunState, SecretState } from "../domain/state.ts";
import type { Lane, Lanes } from "./lanes.ts";
import { routeLane, soleLane } from "./lanes.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { isRetireDue, retire, type Retired } from "./retire.ts";
import type { Runner } from "./runner.ts";
import { together } from "./settle.ts";
import { sweep } from "./sweep.ts";
import { debtDueAt, isPruneDue, owedRows, payDebts, prune } from "./upkeep.ts";

export interface TendingOptions {
  readonly shop: Workshop;
  readonly recorder: Recorder;
  readonly runner: Runner;
  readonly lanes: Lanes;
  /** Leaves alone what failed or was put off a moment ago. */
  readonly patient: boolean;
  /** Secrets whose runs are being recovered, and when that is over. */
  readonly recovering: ReadonlyMap<SecretName, Promise<unknown>>;
}

/** One round. Every secret is tended once, when its runs have been recovered; nobody waits for another one's far side. */
export class Tending {
  readonly retired: Retired[] = [];
  readonly #options: TendingOptions;
  readonly #rounds = new Map<SecretName, Promise<void>>();
  readonly #paid = new Map<RunId, Promise<void>>();
  readonly #indebted: ReadonlyMap<SecretName, readonly RunState[]>;

  constructor(options: TendingOptions) {
    this.#options = options;
    this.#indebted = this.#findDebts();
  }

  /** Resolves when nothing is owed for the secret any more that can be done now. */
  of(secret: SecretName): Promise<void> {
    const known = this.#rounds.get(secret);
    if (known !== undefined) return known;
    const round = this.#tend(secret);
    this.#rounds.set(secret, round);
    return round;
  }

  async everyone(): Promise<void> {
    const { shop, recovering } = this.#options;
    const listed = shop.journal.tables.all("sweep").map((row) => row.secret);
    const known = shop.journal.tables.all("secret").filter((each) => this.#isOwedTo(each));
    const names = [
      ...known.map((each) => each.secret),
      ...listed,
      ...this.#indebted.keys(),
      ...recovering.keys(),
    ];
    await together([...new Set(names)].map((secret) => this.of(secret)));
  }

  async #tend(secret: SecretName): Promise<void> {
    const { shop, lanes, recovering } = this.#options;
    const recovered = recovering.get(secret);
    await recovered;
    const state = shop.journal.tables.get("secret", secret);
    const debts = (recovered === undefined ? this.#indebted : this.#findDebts()).get(secret) ?? [];
    const stray = shop.journal.tables.sweepsOf(secret).length > 0;
    if (debts.length === 0 && !stray && (state === undefined || !this.#isOwedTo(state))) return;
    await lanes.within(this.#lanesOf(secret), () => this.#doAll(secret, debts));
  }

  async #doAll(secret: SecretName, debts: readonly RunState[]): Promise<void> {
    const { shop, recorder } = this.#options;
    for (const run of debts) await this.#pay(run);
    if (shop.signal.aborted) return;
    await this.#retire(secret);
    await sweep(shop, recorder, secret);
    await this.#prune(secret);
  }

  async #prune(secret: SecretName): Promise<void> {
    const { shop, runner } = this.#options;
    const state = shop.journal.tables.get("secret", secret);
    if (shop.signal.aborted || state === undefined || !isPruneDue(state, shop.clock.now())) return;
    await prune(shop, runner, state);
  }

  /** Whichever of the run's secrets comes first. */
  #pay(run: RunState): Promise<void> {
    const { shop, recorder, runner, patient } = this.#options;
    const known = this.#paid.get(run.run);
    if (known !== undefined) return known;
    const paid = payDebts(shop, recorder, runner, run, patient);
    this.#paid.set(run.run, paid);
    return paid;
  }

  async #retire(secret: SecretName): Promise<void> {
    const { shop, recorder, runner, patient } = this.#options;
    const state = shop.journal.tables.get("secret", secret);
    if (state === undefined || !isRetireDue(state, shop.journal.tables, shop.clock.now(), patient)) return;
    const version = await retire(shop, recorder, runner, state);
    if (version !== null) this.retired.push({ secret, version });
  }

  #isOwedTo(secret: SecretState): boolean {
    const { shop, patient } = this.#options;
    const now = shop.clock.now();
    return isRetireDue(secret, shop.journal.tables, now, patient) || isPruneDue(secret, now);
  }

  /** Ended runs that owe something now, by each of their secrets. */
  #findDebts(): ReadonlyMap<SecretName, readonly RunState[]> {
    const { shop, patient } = this.#options;
    const now = shop.clock.now();
    const ended = shop.journal.tables.openRuns().filter((run) => run.phase === "ended");
    const due = ended.filter((run) => owedRows(run).some((row) => debtDueAt(row, patient) <= now));
    const named = due.flatMap((run) => run.secrets.map(({ secret }) => ({ secret, run })));
    const grouped = Map.groupBy(named, (each) => each.secret);
    return new Map([...grouped].map(([secret, all]) => [secret, all.map((each) => each.run)]));
  }

  #lanesOf(secret: SecretName): readonly Lane[] {
    const { wiring } = this.#options.shop;
    const connections = wiring.has(secret) ? wiring.connections(secret) : [];
    return [soleLane("secret", secret), routeLane("tend", connections)];
  }
}
