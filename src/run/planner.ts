/** What a request comes to, secret by secret: a worker carries out exactly what this returns, and `plan` shows it. */
import type { RecordedError } from "../domain/errors.ts";
import type { Listed, TableReader } from "../domain/ports.ts";
import { lockOf } from "../domain/lockdown.ts";
import type { LockdownState } from "../domain/state.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import { admit, type Admission } from "../plan/admit.ts";
import type { Wait } from "../plan/apart.ts";
import { planRuns, type Candidate, type PlannedRun } from "../plan/plan.ts";
import { wrongValue } from "./given.ts";
import type { Outlook } from "./ports.ts";
import { inTurn, notTogether, waitOf } from "./pairs.ts";
import { survey } from "./survey.ts";
import type { NotDue, RotationRequest } from "./work.ts";

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

/** Makes the way free for a prospect's run, or says why it cannot be; called before the next secret is looked at. */
export type Clear = (prospect: Prospect) => Promise<RecordedError | null>;

/** Stops early when the signal is aborted. */
export async function planRotation(
  outlook: Outlook,
  request: PlanRequest,
  clear: Clear,
): Promise<RotationPlan> {
  const notDue: RotationPlan["notDue"][number][] = [];
  const refused: RotationPlan["refused"][number][] = [];
  const candidates: Candidate[] = [];
  const planned = new Set<SecretName>();
  for (const secret of inTurn(outlook, request.secrets ?? outlook.wiring.secrets)) {
    if (outlook.signal.aborted) break;
    const admission = admitted(outlook, secret, request, planned);
    if (admission.admit === "not-due") notDue.push({ secret, dueAt: admission.next });
    else if (admission.admit === "apart")
      notDue.push({ secret, dueAt: admission.wait.until, wait: admission.wait });
    else if (admission.admit === "refused") refused.push({ secret, error: admission.error });
    else {
      // A target that was added gets the value that is there.
      const error = admission.reason === "target-added" ? null : wrongValue(outlook, secret, request.given);
      const prepared = error === null ? await prepare(outlook, secret, admission, clear) : { error };
      if ("error" in prepared) refused.push({ secret, error: prepared.error });
      else {
        candidates.push(prepared.candidate);
        planned.add(secret);
      }
    }
  }
  return { runs: planRuns(candidates), refused, notDue };
}

type Admitted = Admission | { readonly admit: "apart"; readonly wait: Wait };

function admitted(
  outlook: Outlook,
  secret: SecretName,
  request: PlanRequest,
  planned: ReadonlySet<SecretName>,
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
  const asked = { ...request, now: request.now || isGiven, parks: isGiven && !request.now };
  const admission = admit(state, of, asked, now, wiring.windowOpensAt(of.policy, now));
  if (admission.admit !== "yes") return admission;
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
