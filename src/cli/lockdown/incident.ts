/** A lockdown as the journal tells it: what was done when, by whom, which credentials died, and what was not done. */
import type { RecordedError } from "../../domain/errors.ts";
import { warningIn } from "../../domain/lockdown.ts";
import { stepKey } from "../../domain/run.ts";
import type { LockdownState, RunState } from "../../domain/state.ts";
import { isoOrNull, type Instant } from "../../domain/time.ts";

export interface Incident {
  readonly lockdown: string;
  readonly scope: string;
  readonly reason: string;
  readonly startedBy: string | null;
  readonly startedAt: string | null;
  readonly containedAt: string | null;
  readonly state: string;
  readonly lifted: { readonly at: string | null; readonly by: string | null; readonly reason: string } | null;
  /** In order. */
  readonly timeline: readonly Moment[];
  readonly credentials: readonly Revoked[];
  /** Done, but not as well as it should be. */
  readonly warnings: readonly { readonly what: string; readonly warning: string }[];
  readonly notDone: readonly { readonly what: string; readonly error: RecordedError | null }[];
}

export interface Moment {
  readonly at: string | null;
  readonly what: string;
  readonly ms: number | null;
  readonly result: string;
}

export interface Revoked {
  readonly secret: string;
  readonly from: number | null;
  readonly to: number;
  /** When the issuer had taken the old one back; null while it may live. */
  readonly revokedAt: string | null;
}

export function incidentOf(state: LockdownState, runs: readonly RunState[]): Incident {
  const steps = Object.values(state.steps);
  const held = steps.filter(({ phase }) => phase === "contain");
  return {
    lockdown: state.lockdown,
    scope: state.scope,
    reason: state.reason,
    startedBy: state.actor,
    startedAt: isoOrNull(state.since),
    containedAt: isoOrNull(latest(held.flatMap(({ endedAt }) => endedAt ?? []))),
    state: state.phase === "locked" ? (state.outcome ?? "under way") : state.phase,
    lifted:
      state.liftReason === null
        ? null
        : { at: isoOrNull(state.liftedAt), by: state.liftActor, reason: state.liftReason },
    timeline: timelineOf(state, runs),
    credentials: runs.flatMap(revokedBy),
    warnings: steps.flatMap(({ phase, subject, facts }) => {
      const warning = warningIn(facts);
      return warning === null ? [] : [{ what: `${phase} ${subject}`, warning }];
    }),
    notDone: [
      ...steps
        .filter(({ result }) => result !== "done")
        .map(({ phase, subject, error }) => ({ what: `${phase} ${subject}`, error })),
      ...runs.flatMap(({ outcomes }) =>
        outcomes.flatMap(({ secret, error }) =>
          error === null ? [] : [{ what: `rotate ${secret}`, error }],
        ),
      ),
    ],
  };
}

function timelineOf(state: LockdownState, runs: readonly RunState[]): readonly Moment[] {
  const done = Object.values(state.steps).map(({ phase, subject, startedAt, endedAt, result }) => ({
    startedAt,
    moment: {
      at: isoOrNull(startedAt),
      what: `${phase} ${subject}`,
      ms: endedAt === null ? null : endedAt - startedAt,
      result,
    },
  }));
  const rotated = runs.map(({ run, startedAt, endedAt, secrets, phase }) => ({
    startedAt,
    moment: {
      at: isoOrNull(startedAt),
      what: `rotate ${secrets.map(({ secret }) => secret).join(", ")} (run ${run})`,
      ms: endedAt === null ? null : endedAt - startedAt,
      result: phase === "ended" ? "done" : phase,
    },
  }));
  return [...done, ...rotated].toSorted((a, b) => a.startedAt - b.startedAt).map(({ moment }) => moment);
}

function revokedBy({ run, secrets, steps }: RunState): readonly Revoked[] {
  return secrets.map(({ secret, from, to }) => {
    const retired = steps[stepKey(run, "retire", secret)]?.do;
    const revokedAt = retired?.result === "done" ? isoOrNull(retired.endedAt) : null;
    return { secret, from, to, revokedAt };
  });
}

function latest(instants: readonly Instant[]): Instant | null {
  return instants.length === 0 ? null : Math.max(...instants);
}
