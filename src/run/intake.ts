/** A rotation as a worker does it: every secret is looked at side by side, and what is ready begins. */
import type { RecordedError } from "../domain/errors.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import { planRuns, type Candidate } from "../plan/plan.ts";
import { Gathering } from "./gathering.ts";
import { routeLane, soleLane, type Lanes } from "./lanes.ts";
import { adoptNamed, noteForeign, type Adopted } from "./adopt.ts";
import { givenSeals, knownValue } from "./given.ts";
import { Turns } from "./pairs.ts";
import { consider, type Considered, type Prospect } from "./planner.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { refusedResult, resultsOf } from "./results.ts";
import { retire } from "./retire.ts";
import type { Runner } from "./runner.ts";
import { together } from "./settle.ts";
import type { Tending } from "./tending.ts";
import type { RotationRequest, WorkResult } from "./work.ts";

export interface IntakeGround {
  readonly shop: Workshop;
  readonly recorder: Recorder;
  readonly runner: Runner;
  readonly lanes: Lanes;
  readonly drive: (run: RunId) => Promise<void>;
  /** Secrets that some request has decided to rotate, until the journal says so. */
  readonly planned: Set<SecretName>;
}

interface Taken {
  readonly secret: SecretName;
  readonly answer: Considered;
}

export class Intake {
  readonly #ground: IntakeGround;
  readonly #request: RotationRequest;
  readonly #tending: Tending;
  readonly #runs: RunId[] = [];
  readonly #begun: Promise<void>[] = [];
  /** What was adopted on the way. */
  readonly adopted: Adopted[] = [];
  readonly #prepared = new Map<SecretName, Promise<void>>();
  /** Secrets that were considered and whose run is still to begin: nobody else may take them up meanwhile. */
  readonly #claims = new Map<SecretName, () => void>();

  constructor(ground: IntakeGround, request: RotationRequest, tending: Tending) {
    this.#ground = ground;
    this.#request = request;
    this.#tending = tending;
  }

  async rotate(): Promise<Pick<WorkResult, "rotated" | "notDue">> {
    const { shop, runner, lanes, planned } = this.#ground;
    const secrets = [...new Set(this.#request.secrets ?? shop.wiring.secrets)];
    const gathering = new Gathering({
      clock: shop.clock,
      secrets,
      dependsOn: (secret) => shop.wiring.policy(secret).dependsOn,
      begin: (ready) => {
        const begun = this.#begin(ready);
        // It is waited for once everyone has answered; until then its failure is nobody's.
        begun.catch(() => undefined);
        this.#begun.push(begun);
      },
    });
    const settled = (secret: SecretName): Promise<void> => this.#prepare(secret);
    const turns = new Turns({ outlook: shop, lanes, secrets, settled, planned });
    const considered = await this.#takeAll(secrets, gathering, turns).finally(() => turns.over());
    const refused = considered.flatMap(({ secret, answer }) =>
      answer.is === "refused" ? [refusedResult(shop, secret, answer.error)] : [],
    );
    return {
      rotated: [...refused, ...this.#runs.flatMap((run) => resultsOf(shop, runner.state(run)))],
      notDue: considered.flatMap(({ secret, answer }) =>
        answer.is === "not-due" ? [{ secret, ...answer.until }] : [],
      ),
    };
  }

  /** Every run that begins is over when this one is. */
  async #takeAll(
    secrets: readonly SecretName[],
    gathering: Gathering,
    turns: Turns,
  ): Promise<readonly Taken[]> {
    const considered = await together(secrets.map((secret) => this.#take(secret, gathering, turns))).finally(
      () => Promise.allSettled(this.#begun),
    );
    await together(this.#begun);
    return considered;
  }

  async #take(secret: SecretName, gathering: Gathering, turns: Turns): Promise<Taken> {
    let candidate: Candidate | null = null;
    try {
      const answer = await turns.take(secret, (planned) => this.#consider(secret, planned));
      if (answer.is === "candidate") ({ candidate } = answer);
      return { secret, answer };
    } finally {
      gathering.take(secret, candidate);
    }
  }

  /** Nothing is owed for the secret any more, and what is named is adopted: it is due like any other. */
  #prepare(secret: SecretName): Promise<void> {
    const known = this.#prepared.get(secret);
    if (known !== undefined) return known;
    const prepared = this.#tendAndAdopt(secret);
    this.#prepared.set(secret, prepared);
    return prepared;
  }

  async #tendAndAdopt(secret: SecretName): Promise<void> {
    const { shop, recorder, lanes } = this.#ground;
    await this.#tending.of(secret);
    const within = [soleLane("secret", secret), routeLane("survey", shop.wiring.connections(secret))];
    await lanes.within(within, async () => {
      this.adopted.push(...(await adoptNamed(shop, recorder, [secret])));
    });
  }

  async #consider(secret: SecretName, planned: ReadonlySet<SecretName>): Promise<Considered> {
    const { shop, lanes } = this.#ground;
    await this.#prepare(secret);
    const release = await lanes.take([soleLane("secret", secret)]);
    let claimed = false;
    try {
      const clear = (prospect: Prospect) => this.#clear(prospect);
      const answer = await consider(shop, lanes, secret, { request: this.#request, planned, clear });
      claimed = answer.is === "candidate";
      if (claimed) this.#claims.set(secret, release);
      return answer;
    } finally {
      if (!claimed) release();
    }
  }

  async #begin(ready: readonly Candidate[]): Promise<void> {
    const runs = await this.#start(ready).finally(() => {
      for (const { secret } of ready) this.#claims.get(secret)?.();
    });
    this.#runs.push(...runs);
    await together(runs.map((run) => this.#ground.drive(run)));
  }

  async #start(ready: readonly Candidate[]): Promise<readonly RunId[]> {
    const { shop, recorder } = this.#ground;
    if (shop.signal.aborted) return [];
    await shop.checkRoom();
    const runs: RunId[] = [];
    const { trigger, reason, actor, revokeNow, given } = this.#request;
    for (const plan of planRuns(ready)) {
      const run = shop.newRunId();
      const body = { type: "run-started", run, trigger, reason, actor, revokeNow, ...plan } as const;
      await recorder.record(body, givenSeals(plan, given));
      runs.push(run);
    }
    return runs;
  }

  /** Everything was read and is in order: only now does a live previous version go. */
  async #clear({ secret, foreign, retireFirst }: Prospect): Promise<RecordedError | null> {
    const { shop, recorder, runner } = this.#ground;
    const { tables } = shop.journal;
    await noteForeign(shop, recorder, secret, foreign);
    const known = knownValue(shop, secret, this.#request.given);
    if (known !== null) return known;
    const state = tables.get("secret", secret);
    if (!retireFirst || state === undefined) return null;
    const manner = { endSessions: this.#request.revokeNow };
    const version = await retire(shop, recorder, runner, state, manner);
    if (version === null) return tables.get("secret", secret)?.retireError ?? stillAlive(secret);
    this.#tending.retired.push({ secret, version });
    return null;
  }
}

function stillAlive(secret: SecretName): RecordedError {
  const message = `the previous version of ${secret} could not be retired first`;
  return { code: "overlap-open", kind: "rejected", message, hint: "See `keyturn show` of its last run." };
}
