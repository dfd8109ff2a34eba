/** Asks, for `plan/apart.ts`, who else would be activated when a secret is. */
import type { RecordedError } from "../domain/errors.ts";
import { isoOrNull, type Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import type { Admission } from "../plan/admit.ts";
import { keptApart, type Wait } from "../plan/apart.ts";
import { decide } from "../plan/decide.ts";
import { dueAt } from "../plan/due.ts";
import { soleLane, type Lane, type Lanes } from "./lanes.ts";
import type { Outlook } from "./ports.ts";

/** Of those that are kept apart from others, who is due first comes first: whoever has to wait has its turn next time. */
function inTurn(outlook: Outlook, secrets: readonly SecretName[]): readonly SecretName[] {
  const paired = secrets.filter((each) => outlook.wiring.policy(each).notWith.length > 0);
  if (paired.length === 0) return secrets;
  const turns = new Map(paired.map((each) => [each, turnAt(outlook, each)]));
  const first = paired.toSorted(
    (a, b) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0) || (a < b ? -1 : Number(a > b)),
  );
  return [...first, ...secrets.filter((each) => !turns.has(each))];
}

export interface TurnsOptions {
  readonly outlook: Outlook;
  readonly lanes: Lanes;
  readonly secrets: readonly SecretName[];
  /** Resolves when what decides a secret's turn, its state, has been brought up to date. */
  readonly settled: (secret: SecretName) => Promise<unknown>;
  /** What was decided to be rotated, by this request and by others beside it. */
  readonly planned: Set<SecretName>;
}

/** Of a pair, who is first in turn is considered first: whoever comes after then knows whether that one is planned. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #order: Promise<ReadonlyMap<SecretName, number>>;
  readonly #considered = new Map<SecretName, PromiseWithResolvers<void>>();
  readonly #own = new Set<SecretName>();

  constructor(options: TurnsOptions) {
    this.#options = options;
    const { outlook, secrets, settled } = options;
    const paired = secrets.filter((each) => outlook.wiring.policy(each).notWith.length > 0);
    for (const each of paired) this.#considered.set(each, Promise.withResolvers());
    this.#order = Promise.allSettled(paired.map(settled)).then(
      () => new Map(inTurn(outlook, paired).map((each, place) => [each, place])),
    );
  }

  async take<T extends { readonly is: string }>(
    secret: SecretName,
    look: (planned: ReadonlySet<SecretName>) => Promise<T>,
  ): Promise<T> {
    const { lanes, planned, outlook } = this.#options;
    const considered = this.#considered.get(secret);
    if (considered === undefined) return look(planned);
    try {
      await this.#untilItsTurn(secret);
      const pairs = outlook.wiring.policy(secret).notWith.map((other) => pairLane(secret, other));
      // Another request does not decide on its partner between the look and the decision.
      return await lanes.within(pairs, async () => {
        const answer = await look(planned);
        if (answer.is === "candidate") this.#plan(secret);
        return answer;
      });
    } finally {
      considered.resolve();
    }
  }

  /** From here on the journal says what was rotated. */
  over(): void {
    for (const each of this.#own) this.#options.planned.delete(each);
  }

  #plan(secret: SecretName): void {
    this.#options.planned.add(secret);
    this.#own.add(secret);
  }

  async #untilItsTurn(secret: SecretName): Promise<void> {
    const order = await this.#order;
    const place = (each: SecretName): number => order.get(each) ?? Number.MAX_SAFE_INTEGER;
    const ahead = this.#options.outlook.wiring
      .policy(secret)
      .notWith.filter((each) => place(each) < place(secret));
    await Promise.all(ahead.flatMap((each) => this.#considered.get(each)?.promise ?? []));
  }
}

function pairLane(one: SecretName, other: SecretName): Lane {
  return soleLane("pair", [one, other].toSorted().join(" "));
}

function turnAt({ wiring, journal, clock }: Outlook, secret: SecretName): Instant {
  const state = journal.tables.get("secret", secret);
  const of = wiring.policy(secret);
  const decision = decide(state, of, clock.now());
  if (decision.due) return decision.dueAt;
  const current = state?.versions[String(state.current)];
  return (current === undefined ? null : dueAt(current, of)?.at) ?? Number.MAX_SAFE_INTEGER;
}

/** What a secret that was admitted has to wait for; `planned` are those that are about to be rotated. */
export function waitOf(
  { wiring, journal, clock }: Outlook,
  secret: SecretName,
  { waitForWindow }: Admission & { admit: "yes" },
  planned: ReadonlySet<SecretName>,
): Wait | null {
  const of = wiring.policy(secret);
  if (of.notWith.length === 0) return null;
  const now = clock.now();
  const partners = of.notWith
    .filter((other) => wiring.has(other))
    .map((other) => ({
      of: wiring.policy(other),
      state: journal.tables.get("secret", other),
      planned: planned.has(other),
    }));
  return keptApart(journal.tables.get("secret", secret), of, partners, {
    at: waitForWindow ? wiring.windowOpensAt(of.policy, now) : now,
    openingAt: (policy, at) => wiring.openingAt(policy, at),
    windowOpensAt: (policy, from) => wiring.windowOpensAt(policy, from),
  });
}

export function notTogether(secret: SecretName, { waitsFor, until }: Wait): RecordedError {
  return {
    code: "not-together",
    kind: "rejected",
    message: `${secret} must not rotate together with ${waitsFor}, which does now or has just done so`,
    hint: `It may rotate from ${isoOrNull(until)} on; in an emergency, --revoke-now does not wait for ${waitsFor}.`,
  };
}
