/** What people outside are told of a lockdown. Names, times and error messages of the journal; never a secret. */
import type { DrillPhase } from "./drill-phase.ts";
import type { Notice } from "../domain/notice.ts";
import type { LockdownState } from "../domain/state.ts";
import { formatDuration, type Instant } from "../domain/time.ts";

export function containedNotice(state: LockdownState, now: Instant): Notice {
  const held = Object.values(state.steps).filter(({ phase }) => phase === "contain");
  const failed = held.filter(({ error }) => error !== null);
  const word = failed.length === 0 ? "contained" : "NOT CONTAINED";
  return {
    event: "lockdown.contained",
    at: now,
    ...named(state),
    title: `keyturn: ${state.scope} is ${word} (${state.reason})`,
    lines: [
      ...who(state),
      `${held.length - failed.length} held still, ${failed.length} could not be.`,
      ...failed.map(({ subject, error }) => `- ${subject}: ${error?.message ?? ""}`),
    ],
  };
}

export function settledNotice(
  state: LockdownState,
  outcome: NonNullable<LockdownState["outcome"]>,
  now: Instant,
): Notice {
  const missing = Object.values(state.steps).filter(({ result }) => result !== "done");
  return {
    event: "lockdown.settled",
    at: now,
    ...named(state),
    title: `keyturn: lockdown of ${state.scope} is ${outcome} (${state.reason})`,
    lines: [
      ...who(state),
      `Begun ${formatDuration(now - state.since)} before.`,
      ...(missing.length === 0 ? ["Everything was done."] : ["Not done:"]),
      ...missing.map(
        ({ phase, subject, error }) => `- ${phase} ${subject}: ${error?.message ?? "not known"}`,
      ),
      "",
      `keyturn lockdown report ${state.scope}`,
    ],
  };
}

export function liftedNotice(state: LockdownState, now: Instant): Notice {
  return {
    event: "lockdown.lifted",
    at: now,
    ...named(state),
    title: `keyturn: lockdown of ${state.scope} is lifted (${state.liftReason ?? ""})`,
    lines: [`Lifted by ${state.liftActor ?? "somebody"}.`, "Rotated secrets stay rotated."],
  };
}

export function drillNotice(
  {
    scope,
    ok,
    phases,
    warnings,
  }: {
    readonly scope: string;
    readonly ok: boolean;
    readonly phases: readonly DrillPhase[];
    readonly warnings: readonly string[];
  },
  drill: string,
  now: Instant,
): Notice {
  return {
    event: "lockdown.drill",
    at: now,
    scope,
    lockdown: drill,
    title: `DRILL: keyturn: lockdown of ${scope} ${ok ? "works" : "DOES NOT WORK"}`,
    lines: [
      "This is a drill. Nothing happened to anything real.",
      ...phases.map(({ phase, ms, error }) => `- ${phase}: ${error === null ? `${ms} ms` : error.message}`),
      ...warnings.map((each) => `- would meet: ${each}`),
    ],
  };
}

function named({ scope, lockdown }: LockdownState): Pick<Notice, "scope" | "lockdown"> {
  return { scope, lockdown };
}

function who({ actor, reason }: LockdownState): readonly string[] {
  return [`Started by ${actor ?? "somebody"}: ${reason}`];
}
