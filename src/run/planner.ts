/** What a request comes to, secret by secret: a worker carries out exactly what this returns, and `plan` shows it. */
import type { RecordedError } from "../domain/errors.ts";
import type { Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import { admit, type Admission } from "../plan/admit.ts";
import { planRuns, type Candidate, type PlannedRun } from "../plan/plan.ts";
import { Lanes, routeLane } from "./lanes.ts";
import type { Outlook } from "./ports.ts";
import { together } from "./settle.ts";
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
  readonly foreign: number;
  /** The previous version is still alive and goes before the run begins. */
  readonly retireFirst: boolean;
}

/** Makes the way free for a prospect's run, or says why it cannot be. */
export type Clear = (prospect: Prospect) => Promise<RecordedError | null>;

/** What a request comes to for one secret; `unasked` when the process was asked to stop before it was looked at. */
export type Considered =
  | { readonly is: "not-due"; readonly dueAt: Instant | null }
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
  const considered = await together(
    secrets.map(async (secret) => ({
      secret,
      ...(await consider(outlook, lanes, secret, request, clear)),
    })),
  );
  const candidates = considered.flatMap((each) => (each.is === "candidate" ? [each.candidate] : []));
  return {
    runs: planRuns(candidates),
    refused: considered.flatMap((each) => (each.is === "refused" ? [each] : [])),
    notDue: considered.flatMap((each) => (each.is === "not-due" ? [each] : [])),
  };
}

/** One secret: may it be rotated, and is everything there that its rotation would touch? */
export async function consider(
  outlook: Outlook,
  lanes: Lanes,
  secret: SecretName,
  request: PlanRequest,
  clear: Clear,
): Promise<Considered> {
  const admission = admitted(outlook, secret, request);
  if (admission.admit === "not-due") return { is: "not-due", dueAt: admission.next };
  if (admission.admit === "refused") return { is: "refused", error: admission.error };
  return lanes.within([routeLane("survey", outlook.wiring.connections(secret))], async () => {
    if (outlook.signal.aborted) return { is: "unasked" };
    const prepared = await prepare(outlook, secret, admission, clear);
    return "error" in prepared
      ? { is: "refused", error: prepared.error }
      : { is: "candidate", candidate: prepared.candidate };
  });
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
