/** Asks, for `plan/apart.ts`, who else would be activated when a secret is. */
import type { RecordedError } from "../domain/errors.ts";
import { isoOrNull, type Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import type { Admission } from "../plan/admit.ts";
import { keptApart, type Wait } from "../plan/apart.ts";
import { decide } from "../plan/decide.ts";
import { dueAt } from "../plan/due.ts";
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

/** Of a pair, who is first in turn is considered first: whoever comes after then knows whether that one is planned. */
export class Turns {
  readonly #outlook: Outlook;
  readonly #order: Promise<ReadonlyMap<SecretName, number>>;
  readonly #considered = new Map<SecretName, PromiseWithResolvers<void>>();
  readonly #planned = new Set<SecretName>();

  /** `settled` resolves when what decides a secret's turn, its state, has been brought up to date. */
  constructor(
    outlook: Outlook,
    secrets: readonly SecretName[],
    settled: (secret: SecretName) => Promise<unknown>,
  ) {
    this.#outlook = outlook;
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
    const considered = this.#considered.get(secret);
    if (considered === undefined) return look(this.#planned);
    try {
      await this.#untilItsTurn(secret);
      const answer = await look(this.#planned);
      if (answer.is === "candidate") this.#planned.add(secret);
      return answer;
    } finally {
      considered.resolve();
    }
  }

  async #untilItsTurn(secret: SecretName): Promise<void> {
    const order = await this.#order;
    const place = (each: SecretName): number => order.get(each) ?? Number.MAX_SAFE_INTEGER;
    const ahead = this.#outlook.wiring.policy(secret).notWith.filter((each) => place(each) < place(secret));
    await Promise.all(ahead.map((each) => this.#considered.get(each)?.promise));
  }
}

function turnAt({ wiring, journal, clock }: Outlook, secret: SecretName): Instant {
  const state = journal.tables.get("secret", secret);
  const of = wiring.policy(secret);
  const decision = decide(state, of, clock.now());
  if (decision.due) return decision.dueAt;
  const current = state?.versions[String(state.current)];
  return (current === undefined ? null : dueAt(current, of)?.at) ?? Number.MAX_SAFE_INTEGER;
}

/** What a secret that was admitted has to wait for; `planned` are those that this request rotates. */
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
