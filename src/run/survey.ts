import { recordError, type RecordedError } from "../domain/errors.ts";
import type { Listed, Target } from "../domain/ports.ts";
import type { SecretName } from "../domain/version.ts";
import { addedStores } from "../plan/added-stores.ts";
import type { Candidate } from "../plan/plan.ts";
import { foreignOf } from "./adoption.ts";
import { withDeadline } from "./deadline.ts";
import type { Outlook } from "./ports.ts";
import { settle, type Settled } from "./settle.ts";

const READ_MS = 60_000;
const TRIES = 5;
const PAUSE_MS = 2_000;
/** Nothing has begun yet, and somebody may be waiting: what has not answered for this long is not asked again. */
const PATIENCE_MS = 30_000;

export interface Surveyed {
  readonly candidate: Candidate;
  /** Live credentials that the issuer lists and this journal does not know. */
  readonly foreign: readonly Listed[];
}

type Admitted = Pick<Candidate, "reason" | "waitForWindow" | "windowIgnored">;

/**
 * Reads what a rotation of this secret would touch, before anything is begun: the issuer answers, every store and
 * consumer is there. Nothing is written.
 */
export async function survey(
  outlook: Outlook,
  secret: SecretName,
  admitted: Admitted,
): Promise<Surveyed | { readonly error: RecordedError }> {
  const startedAt = outlook.clock.monotonicMs();
  for (let attempt = 1; ; attempt += 1) {
    const read = await settle(
      withDeadline(outlook.clock, READ_MS, outlook.signal, (signal) =>
        readAll(outlook, secret, admitted, signal),
      ),
    );
    if (read.ok) {
      const { candidate, foreign } = read.value;
      return { candidate: { ...candidateOf(outlook, secret, admitted), ...candidate }, foreign };
    }
    const lasts = attempt >= TRIES || outlook.clock.monotonicMs() - startedAt >= PATIENCE_MS;
    if (!worthRetrying(read) || lasts || outlook.signal.aborted) return { error: recordError(read.error) };
    await settle(outlook.clock.sleep(read.error.retryAfterMs ?? PAUSE_MS, outlook.signal));
  }
}

function worthRetrying(read: Settled<unknown> & { ok: false }): boolean {
  return read.error.kind === "transient" || read.error.kind === "outcome-unknown";
}

interface Read {
  readonly candidate: Pick<Candidate, "stores" | "consumers" | "highest">;
  readonly foreign: readonly Listed[];
}

async function readAll(
  outlook: Outlook,
  secret: SecretName,
  { reason }: Admitted,
  signal: AbortSignal,
): Promise<Read> {
  const issuer = await outlook.wiring.issuer(secret);
  const foreign = foreignOf(outlook, secret, await issuer.list(signal));
  const all = await outlook.wiring.targets(secret);
  const targets = reason === "target-added" ? addedTo(outlook, secret, all) : all;
  const consumers = [];
  let highest = outlook.journal.tables.get("secret", secret)?.highest ?? 0;
  for (const target of targets) {
    highest = Math.max(highest, await target.store.highest(signal));
    for (const { id, restarts, tasks } of await target.consumers(signal))
      consumers.push({ id, restarts, ...(tasks === undefined ? {} : { tasks }) });
  }
  return { candidate: { highest, consumers, stores: targets.map((target) => target.store.id) }, foreign };
}

/** Those who have the current version already are left alone. */
function addedTo(
  { journal, wiring }: Outlook,
  secret: SecretName,
  all: readonly Target[],
): readonly Target[] {
  const state = journal.tables.get("secret", secret);
  const added = state === undefined ? [] : addedStores(state, wiring.policy(secret));
  return all.filter(({ store }) => added.includes(store.id));
}

function candidateOf(outlook: Outlook, secret: SecretName, admitted: Admitted): Candidate {
  return {
    ...admitted,
    secret,
    from: outlook.journal.tables.get("secret", secret)?.current ?? null,
    dependsOn: outlook.wiring.policy(secret).dependsOn,
    highest: 0,
    stores: [],
    consumers: [],
  };
}
