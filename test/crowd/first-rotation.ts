import type { RecordBody } from "../../src/domain/journal-record.ts";
import type { StoreId } from "../../src/domain/ports.ts";
import { stepKey, type StepName } from "../../src/domain/run.ts";
import { DAY_MS, MINUTE_MS, type Instant } from "../../src/domain/time.ts";
import { formatMarker } from "../../src/domain/version.ts";

export interface FirstRotation {
  readonly secret: string;
  readonly run: string;
  readonly createdAt: Instant;
  readonly store: StoreId;
}

/** The records of a first rotation that went well and is tidied up after, without its consumers. */
export function firstRotation({ secret, run, createdAt, store }: FirstRotation): readonly RecordBody[] {
  const notAfter = createdAt + 180 * DAY_MS;
  const marker = formatMarker(secret, run, 1);
  const credential = { id: `key-${run}`, marker };
  return [
    started(secret, run, [store]),
    intent(run, "create", secret, { marker, deadlineAt: createdAt + MINUTE_MS }),
    done(run, "create", secret, { step: "create", credential, createdAt, notAfter }),
    intent(run, "deliver", `${secret}@${store}`, { marker: null, deadlineAt: createdAt + MINUTE_MS }),
    done(run, "deliver", `${secret}@${store}`, null),
    { type: "pivoted", run, versions: [{ secret, version: 1, evidence: "in-use", retireAt: null }] },
    { type: "run-ended", run, outcomes: [{ secret, outcome: "rotated", error: null, holdOffUntil: null }] },
    intent(run, "prune", secret, { marker: null, deadlineAt: createdAt + MINUTE_MS }),
    done(run, "prune", secret, { step: "prune", removed: 0, left: 0 }),
  ];
}

export function started(secret: string, run: string, stores: readonly StoreId[] = []): RecordBody {
  return {
    type: "run-started",
    run,
    goal: "rotate",
    trigger: "manual",
    reason: null,
    actor: null,
    secrets: [{ secret, from: null, to: 1, reason: "requested", stores, after: [] }],
    consumers: [],
    waitForWindow: false,
    windowIgnored: null,
    revokeNow: false,
  };
}

type Intent = RecordBody & { readonly type: "intent" };
type Outcome = RecordBody & { readonly type: "outcome" };

function intent(
  run: string,
  step: StepName,
  subject: string,
  more: Pick<Intent, "marker" | "deadlineAt">,
): RecordBody {
  return { type: "intent", ...firstAttempt(run, step, subject), ...more };
}

function done(run: string, step: StepName, subject: string, output: Outcome["output"]): RecordBody {
  const attempt = firstAttempt(run, step, subject);
  return { type: "outcome", ...attempt, result: "done", error: null, notBeforeAt: null, output };
}

function firstAttempt(run: string, step: StepName, subject: string) {
  return { run, key: stepKey(run, step, subject), step, subject, direction: "do", attempt: 1 } as const;
}
