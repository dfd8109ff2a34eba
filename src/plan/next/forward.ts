import type { RecordedError } from "../../domain/errors.ts";
import type { ConsumerId } from "../../domain/ports.ts";
import { isExtension } from "../../domain/run.ts";
import type { RunState } from "../../domain/state.ts";
import type { Instant } from "../../domain/time.ts";
import type { Action, NextContext } from "./action.ts";
import { batch, progress, rowOf, stepsOf, undoOwed, type Progress } from "./attempt.ts";
import { endOfRun } from "./end-of-run.ts";

type RunSecret = RunState["secrets"][number];

/** Up to the pivot: versions first, then the window, the baseline, and the consumers one after the other. */
export function nextForward(run: RunState, context: NextContext): readonly Action[] {
  const active = run.secrets.filter((each) => each.state === "active");
  const drops = active.flatMap((secret) => dropped(run, secret, context));
  if (drops.length > 0) return drops;
  const versions = batch(active.map((secret) => versionProgress(run, secret, context)));
  const undo = undoOwed(run, context);
  if (versions.length > 0 || undo.length > 0) return merge(versions, undo);
  if (active.length === 0) return [{ kind: "record", body: endOfRun(run, context) }];
  if (run.baselines === null) return atTheWindow(run, active, context);
  return nextConsumer(
    run,
    run.baselines.map((each) => each.consumer),
    context,
  );
}

/** Waits count only when nobody can act. */
function merge(a: readonly Action[], b: readonly Action[]): readonly Action[] {
  const acting = [...a, ...b].filter((each) => each.kind !== "wait");
  if (acting.length > 0) return acting;
  const until = Math.min(...[...a, ...b].flatMap((each) => (each.kind === "wait" ? [each.until] : [])));
  return [{ kind: "wait", until }];
}

function versionProgress(run: RunState, secret: RunSecret, context: NextContext): Progress {
  for (const subject of stepsOf(run, secret)) {
    const state = progress(run, subject, "do", secret.secret, context);
    if (state.at !== "done") return state;
  }
  return { at: "done" };
}

function dropped(run: RunState, secret: RunSecret, context: NextContext): readonly Action[] {
  const error = failureOf(run, secret, context);
  if (error === null) return [];
  return [{ kind: "record", body: { type: "secret-dropped", run: run.run, secret: secret.secret, error } }];
}

/** Why a secret cannot go on: a step of its own, or a secret that it depends on. */
function failureOf(run: RunState, secret: RunSecret, context: NextContext): RecordedError | null {
  const lost = run.secrets.find((each) => each.state !== "active" && secret.after.includes(each.secret));
  if (lost !== undefined) {
    const message = `${lost.secret}, which ${secret.secret} depends on, was not rotated`;
    return { code: "dependency-failed", kind: "rejected", message, hint: "See what stopped the other one." };
  }
  const state = versionProgress(run, secret, context);
  return state.at === "failed" ? state.error : null;
}

function atTheWindow(run: RunState, active: readonly RunSecret[], context: NextContext): readonly Action[] {
  if (!run.waitForWindow) return [{ kind: "take-baseline" }];
  const until = context.windowOpensAt(active.map((each) => each.secret));
  if (until <= context.now) return [{ kind: "take-baseline" }];
  return [{ kind: "record", body: { type: "run-parked", run: run.run, until, error: null } }];
}

/**
 * One consumer at a time, so that a version which is bad in a way that verify cannot see stops at the first of them.
 * Those whose secrets others depend on come first.
 */
function nextConsumer(
  run: RunState,
  consumers: readonly ConsumerId[],
  context: NextContext,
): readonly Action[] {
  for (const consumer of inOrder(run, consumers)) {
    const secret = itemsOf(run, consumer)[0]?.secret ?? "";
    for (const step of ["activate", "confirm"] as const) {
      const state = progress(run, { step, subject: consumer }, "do", secret, context);
      if (state.at === "failed") {
        // In a lockdown the old version is revoked all the same: whoever could not be switched is left behind.
        if (run.lockdown !== undefined) break;
        return [{ kind: "record", body: { type: "run-reverting", run: run.run, error: state.error } }];
      }
      const actions = batch([state]);
      if (actions.length > 0) return actions;
    }
  }
  return [{ kind: "record", body: pivot(run, context) }];
}

function inOrder(run: RunState, consumers: readonly ConsumerId[]): readonly ConsumerId[] {
  const depth = (secret: string, seen: readonly string[]): number => {
    const after = run.secrets.find((each) => each.secret === secret)?.after ?? [];
    return Math.max(
      0,
      ...after.filter((each) => !seen.includes(each)).map((each) => 1 + depth(each, [...seen, each])),
    );
  };
  const rank = (id: ConsumerId): number =>
    Math.max(0, ...itemsOf(run, id).map((item) => depth(item.secret, [item.secret])));
  return consumers.toSorted((a, b) => rank(a) - rank(b));
}

function itemsOf(run: RunState, consumer: ConsumerId): readonly { readonly secret: string }[] {
  return run.baselines?.find((each) => each.consumer === consumer)?.items ?? [];
}

function pivot(run: RunState, context: NextContext): (Action & { kind: "record" })["body"] {
  const versions = run.secrets
    .filter((each) => each.state === "active")
    .map((each) => ({
      secret: each.secret,
      version: each.to,
      evidence: weakestEvidence(run, each.secret),
      retireAt: retireAt(run, each, context),
    }));
  return { type: "pivoted", run: run.run, versions };
}

/** A version that was rolled back has no overlap: it goes as soon as nobody uses it. */
function retireAt(run: RunState, part: RunSecret, context: NextContext): Instant | null {
  const { secret, from } = part;
  if (from === null || isExtension(part)) return null;
  return run.goal === "rollback" || run.revokeNow ? context.now : context.now + context.overlapMs(secret);
}

function weakestEvidence(run: RunState, secret: string): "converged" | "probed" | "in-use" | null {
  const seen = (run.baselines ?? [])
    .filter((each) => each.items.some((item) => item.secret === secret))
    .map((each) => rowOf(run, { step: "confirm", subject: each.consumer })?.output)
    .flatMap((output) => (output?.step === "confirm" ? [output.evidence] : []));
  return (["converged", "probed", "in-use"] as const).find((evidence) => seen.includes(evidence)) ?? null;
}
