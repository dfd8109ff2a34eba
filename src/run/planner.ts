/** What a request comes to, secret by secret: a worker carries out exactly what this returns, and `plan` shows it. */
import { recordError, type RecordedError } from "../domain/errors.ts";
import type { Offer } from "../domain/offer.ts";
import type { Listed, TableReader } from "../domain/ports.ts";
import { lockOf } from "../domain/lockdown.ts";
import type { LockdownState, SecretState } from "../domain/state.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import { admit, type Admission } from "../plan/admit.ts";
import type { Wait } from "../plan/apart.ts";
import { currentOf } from "../plan/by-hand.ts";
import { lastingFault, missingOffer, offeredSince } from "../plan/offered.ts";
import { planRuns, type Candidate, type PlannedRun } from "../plan/plan.ts";
import { withDeadline } from "./deadline.ts";
import { wrongValue } from "./given.ts";
import { Lanes, routeLane } from "./lanes.ts";
import type { Outlook } from "./ports.ts";
import { notTogether, Turns, waitOf } from "./pairs.ts";
import { settle, together } from "./settle.ts";
import { survey } from "./survey.ts";
import type { NotDue, RotationRequest } from "./work.ts";

const READ_MS = 60_000;
const NO_OFFER = { state: "none" } as const;

export type PlanRequest = Pick<
  RotationRequest,
  "secrets" | "now" | "revokeNow" | "outsideWindow" | "given"
> & {
  /** Asked for by this lockdown, which keeps everyone else from its secrets. */
  readonly lockdown?: RunId;
};

export interface RotationPlan {
  readonly runs: readonly PlannedRun[];
  readonly refused: readonly { readonly secret: SecretName; readonly error: RecordedError }[];
  readonly notDue: readonly NotDue[];
}

/** A secret that was admitted, and of which everything could be read. */
export interface Prospect {
  readonly secret: SecretName;
  /** Live credentials that the issuer lists and this journal does not know. */
  readonly foreign: readonly Listed[];
  /** The previous version is still alive and goes before the run begins. */
  readonly retireFirst: boolean;
}

/** Makes the way free for a prospect's run, or says why it cannot be. */
export type Clear = (prospect: Prospect) => Promise<RecordedError | null>;

/** What a request comes to for one secret; `unasked` when the process was asked to stop before it was looked at. */
export type Considered =
  | { readonly is: "not-due"; readonly until: Omit<NotDue, "secret"> }
  | { readonly is: "refused"; readonly error: RecordedError }
  | { readonly is: "candidate"; readonly candidate: Candidate }
  | { readonly is: "unasked" };

/** Looks at every secret side by side, as far as the lanes go; stops early when the signal is aborted. */
export async function planRotation(
  outlook: Outlook,
  request: PlanRequest,
  clear: Clear,
): Promise<RotationPlan> {
  const lanes = new Lanes();
  const secrets = request.secrets ?? outlook.wiring.secrets;
  const settled = (): Promise<void> => Promise.resolve();
  const turns = new Turns({ outlook, lanes, secrets, settled, planned: new Set() });
  const considered = await together(
    secrets.map(async (secret) => ({
      secret,
      ...(await turns.take(secret, (planned) =>
        consider(outlook, lanes, secret, { request, planned, clear }),
      )),
    })),
  );
  const candidates = considered.flatMap((each) => (each.is === "candidate" ? [each.candidate] : []));
  return {
    runs: planRuns(candidates),
    refused: considered.flatMap(({ secret, ...each }) =>
      each.is === "refused" ? [{ secret, error: each.error }] : [],
    ),
    notDue: considered.flatMap(({ secret, ...each }) =>
      each.is === "not-due" ? [{ secret, ...each.until }] : [],
    ),
  };
}

export interface Question {
  readonly request: PlanRequest;
  /** Secrets that are about to be rotated, as far as that matters to this one. */
  readonly planned: ReadonlySet<SecretName>;
  readonly clear: Clear;
}

/** One secret: may it be rotated, and is everything there that its rotation would touch? */
export async function consider(
  outlook: Outlook,
  lanes: Lanes,
  secret: SecretName,
  { request, planned, clear }: Question,
): Promise<Considered> {
  const offer = await settle(offerOf(outlook, secret));
  if (!offer.ok) return { is: "refused", error: recordError(offer.error) };
  const admission = admitted(outlook, secret, { request, planned, offer: offer.value });
  if (admission.admit === "not-due") return { is: "not-due", until: { dueAt: admission.next } };
  if (admission.admit === "apart")
    return { is: "not-due", until: { dueAt: admission.wait.until, wait: admission.wait } };
  if (admission.admit === "refused") return { is: "refused", error: admission.error };
  // A target that was added gets the value that is there.
  const error = admission.reason === "target-added" ? null : wrongValue(outlook, secret, request.given);
  if (error !== null) return { is: "refused", error };
  return lanes.within([routeLane("survey", outlook.wiring.connections(secret))], async () => {
    if (outlook.signal.aborted) return { is: "unasked" };
    const prepared = await prepare(outlook, secret, admission, clear);
    return "error" in prepared
      ? { is: "refused", error: prepared.error }
      : { is: "candidate", candidate: prepared.candidate };
  });
}

type Admitted = Admission | { readonly admit: "apart"; readonly wait: Wait };

function admitted(
  outlook: Outlook,
  secret: SecretName,
  { request, planned, offer }: Omit<Question, "clear"> & { readonly offer: Offer | null },
): Admitted {
  const { wiring, clock, journal } = outlook;
  const lock = lockOf(journal.tables.all("lockdown"), secret);
  if (lock !== undefined && request.lockdown !== lock.lockdown)
    return request.now
      ? { admit: "refused", error: lockedDown(secret, lock) }
      : { admit: "not-due", next: null };
  const of = wiring.policy(secret);
  const now = clock.now();
  const state = journal.tables.get("secret", secret);
  // A value that is given in the daytime is kept, sealed, until the window opens.
  const isGiven = request.given?.secret === secret;
  const asked = {
    ...request,
    now: request.now || isGiven,
    parks: isGiven && !request.now,
    offeredSince: offeredSince(offer),
  };
  const admission = admit(state, of, asked, now, wiring.windowOpensAt(of.policy, now));
  const fault = admission.admit === "not-due" ? lastingFault(offer) : null;
  if (fault !== null) return { admit: "refused", error: fault };
  if (admission.admit !== "yes") return admission;
  const missing = missingOffer(secret, offer, admission.reason, state);
  if (missing !== null) return { admit: "refused", error: missing };
  if (admission.reason === "target-added" && owesWithdraw(journal.tables, secret))
    return { admit: "not-due", next: null };
  const wait = request.revokeNow ? null : waitOf(outlook, secret, admission, planned);
  if (wait === null) return admission;
  return asked.now ? { admit: "refused", error: notTogether(secret, wait) } : { admit: "apart", wait };
}

function lockedDown(secret: SecretName, { scope, lockdown }: LockdownState): RecordedError {
  return {
    code: "locked-down",
    kind: "rejected",
    message: `${secret} is part of the lockdown of ${scope} (${lockdown}), which is not lifted`,
    hint: `\`keyturn lockdown start ${scope}\` rotates it; \`keyturn lockdown lift ${scope}\` ends the lockdown.`,
  };
}

/** What others left for a secret whose versions they make; null for all other secrets. */
async function offerOf(
  { wiring, journal, clock, signal }: Outlook,
  secret: SecretName,
): Promise<Offer | null> {
  if (!wiring.offers(secret)) return null;
  const state = journal.tables.get("secret", secret);
  const current = currentOf(state)?.credential ?? null;
  const issuer = await wiring.issuer(secret);
  const offer = await withDeadline(
    clock,
    READ_MS,
    signal,
    async (stop) => (await issuer.offered?.(current, stop)) ?? NO_OFFER,
  );
  return isUnderWay(state, offer) ? NO_OFFER : offer;
}

/** A run has taken it already, and waits for its window. */
function isUnderWay(state: SecretState | undefined, offer: Offer): boolean {
  const pending = Object.values(state?.versions ?? {}).filter(({ stage }) => stage === "pending");
  return offer.state === "waiting" && pending.some(({ credential }) => credential.id === offer.id);
}

/** A copy that a run which went back has yet to withdraw must not be delivered again meanwhile. */
function owesWithdraw(tables: TableReader, secret: SecretName): boolean {
  const owed = tables.openRuns().flatMap((run) => run.owed.flatMap((key) => run.steps[key] ?? []));
  return owed.some((row) => row.step === "deliver" && row.subject.startsWith(`${secret}@`));
}

async function prepare(
  outlook: Outlook,
  secret: SecretName,
  admission: Admission & { admit: "yes" },
  clear: Clear,
): Promise<{ readonly candidate: Candidate } | { readonly error: RecordedError }> {
  const surveyed = await survey(outlook, secret, admission);
  if ("error" in surveyed) return surveyed;
  const { foreign, candidate } = surveyed;
  const error = await clear({ secret, foreign, retireFirst: admission.retireFirst });
  return error === null ? { candidate } : { error };
}
