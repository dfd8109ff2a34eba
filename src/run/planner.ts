/** What a request comes to, secret by secret: a worker carries out exactly what this returns, and `plan` shows it. */
import type { RecordedError } from "../domain/errors.ts";
import type { Listed } from "../domain/ports.ts";
import type { Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import { admit, type Admission } from "../plan/admit.ts";
import { planRuns, type Candidate, type PlannedRun } from "../plan/plan.ts";
import type { Outlook } from "./ports.ts";
import { survey } from "./survey.ts";
import type { RotationRequest } from "./work.ts";

export type PlanRequest = Pick<RotationRequest, "secrets" | "now" | "revokeNow" | "outsideWindow">;

export interface RotationPlan {
  readonly runs: readonly PlannedRun[];
  readonly refused: readonly { readonly secret: SecretName; readonly error: RecordedError }[];
  /** `dueAt` is null for what is never due by itself. */
  readonly notDue: readonly { readonly secret: SecretName; readonly dueAt: Instant | null }[];
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
  for (const secret of request.secrets ?? outlook.wiring.secrets) {
    if (outlook.signal.aborted) break;
    const admission = admitted(outlook, secret, request);
    if (admission.admit === "not-due") notDue.push({ secret, dueAt: admission.next });
    else if (admission.admit === "refused") refused.push({ secret, error: admission.error });
    else {
      const prepared = await prepare(outlook, secret, admission, clear);
      if ("error" in prepared) refused.push({ secret, error: prepared.error });
      else candidates.push(prepared.candidate);
    }
  }
  return { runs: planRuns(candidates), refused, notDue };
}

function admitted({ wiring, clock, journal }: Outlook, secret: SecretName, request: PlanRequest): Admission {
  const of = wiring.policy(secret);
  const now = clock.now();
  return admit(journal.tables.get("secret", secret), of, request, now, wiring.windowOpensAt(of.policy, now));
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
