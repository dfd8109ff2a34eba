/** What `rotate` would do if it came by now: the worker's own plan over a journal that can only be read. */
import { outlivesOverlap, type ConsumerCache } from "../domain/consumer-cache.ts";
import { RotationError, type RecordedError } from "../domain/errors.ts";
import type { Listed, StoreId } from "../domain/ports.ts";
import { isExtension, type DueReason, type RunConsumer } from "../domain/run.ts";
import type { Instant } from "../domain/time.ts";
import type { SecretName, VersionNumber } from "../domain/version.ts";
import { decide } from "../plan/decide.ts";
import { dueAt } from "../plan/due.ts";
import type { PlannedRun } from "../plan/plan.ts";
import { countAdopted } from "./adoption.ts";
import { contextOf } from "./context.ts";
import { afterAdopting, afterRetiring, type ForeseenAdoption } from "./foreseen-tables.ts";
import { planRotation, type PlanRequest, type RotationPlan } from "./planner.ts";
import type { Outlook } from "./ports.ts";
import { leftToPerson } from "./retire.ts";

/** Why a secret would be rotated, or would have been but for a refusal. */
interface Occasion {
  readonly secret: SecretName;
  readonly reason: DueReason;
  /** Null when no rule makes it due. */
  readonly dueAt: Instant | null;
  readonly from: VersionNumber | null;
}

export interface ForeseenSecret extends Occasion {
  /** The same as `from` where the current version goes to targets that were added. */
  readonly to: VersionNumber;
  /** Where it is delivered. */
  readonly stores: readonly StoreId[];
  /** How long the version that is replaced keeps working after the switch; null when there is none to revoke. */
  readonly overlapMs: number | null;
  /** A version that is still alive and is revoked before the run begins. */
  readonly retiresFirst: VersionNumber | null;
  /** Adopted credentials that go with the version that is replaced; null unless that is version 0. */
  readonly standsFor: number | null;
  /** Live credentials at the issuer that keyturn did not make, and that nobody told it to adopt. */
  readonly foreign: readonly Listed[];
}

export interface ForeseenRun {
  readonly secrets: readonly ForeseenSecret[];
  readonly consumers: readonly RunConsumer[];
  /** When activate may begin; null when it need not wait. */
  readonly opensAt: Instant | null;
  readonly windowIgnored: string | null;
  readonly warnings: readonly string[];
}

export interface Forecast {
  readonly runs: readonly ForeseenRun[];
  readonly refused: readonly (Occasion & { readonly error: RecordedError })[];
  readonly notDue: RotationPlan["notDue"];
  /** Versions whose overlap is over: they are revoked before anything is rotated. */
  readonly retired: readonly {
    readonly secret: SecretName;
    readonly version: VersionNumber;
    readonly retireAt: Instant;
  }[];
  /** Credentials that are named and not adopted yet: they are version 0 before anything is rotated. */
  readonly adopted: readonly ForeseenAdoption[];
  /** Runs that were left open: they are finished or undone before anything else. */
  readonly recovered: readonly { readonly run: string; readonly secrets: readonly SecretName[] }[];
}

export interface Prospects extends Outlook {
  /** Whether a probe of this secret is configured. */
  hasProbe(secret: SecretName): boolean;
  /** How long its consumers may keep using a value, where that is declared. */
  caches(secret: SecretName): readonly ConsumerCache[];
}

export async function forecast(prospects: Prospects, request: PlanRequest): Promise<Forecast> {
  const { journal, signal } = prospects;
  const { retired, letGo, ...relief } = afterRetiring(prospects);
  const relieved = { ...prospects, journal: relief };
  const { tables, adopted } = await afterAdopting(relieved, request.secrets ?? prospects.wiring.secrets);
  const outlook: Prospects = { ...prospects, journal: { tables } };
  const foreign = new Map<SecretName, readonly Listed[]>();
  const plan = await planRotation(outlook, request, async (prospect) => {
    foreign.set(prospect.secret, prospect.foreign);
    return prospect.retireFirst ? awaited(outlook, prospect.secret) : null;
  });
  if (signal.aborted) throw stopped();
  return {
    runs: plan.runs.map((run) => foreseenRun(outlook, run, request, foreign)),
    refused: plan.refused.map(({ secret, error }) => ({ ...occasion(outlook, secret, request), error })),
    notDue: plan.notDue,
    retired: retired.flatMap(({ secret, previous, retireAt }) =>
      previous === null || retireAt === null ? [] : [{ secret, version: previous, retireAt }],
    ),
    adopted: [...letGo, ...adopted],
    recovered: journal.tables
      .openRuns()
      .filter((run) => run.phase !== "ended")
      .map(({ run, secrets }) => ({ run, secrets: secrets.map((each) => each.secret) })),
  };
}

/** A previous version that has to go first, and that nobody but a person can revoke. */
function awaited(outlook: Outlook, secret: SecretName): RecordedError | null {
  const state = outlook.journal.tables.get("secret", secret);
  return state === undefined ? null : leftToPerson(outlook, state);
}

function foreseenRun(
  outlook: Prospects,
  run: PlannedRun,
  request: PlanRequest,
  foreign: ReadonlyMap<SecretName, readonly Listed[]>,
): ForeseenRun {
  const { consumers, waitForWindow, windowIgnored } = run;
  const context = contextOf(outlook);
  const secrets = run.secrets.map((part) => {
    const { secret, reason, from, to, stores } = part;
    const state = outlook.journal.tables.get("secret", secret);
    const replaces = from !== null && !isExtension(part);
    return {
      ...occasion(outlook, secret, request),
      reason,
      to,
      stores,
      overlapMs: !replaces ? null : request.revokeNow ? 0 : context.overlapMs(secret),
      retiresFirst: replaces ? (state?.previous ?? null) : null,
      standsFor: from === 0 ? countAdopted(state) : null,
      foreign: foreign.get(secret) ?? [],
    };
  });
  const names = secrets.map((each) => each.secret);
  return {
    secrets,
    consumers,
    opensAt: waitForWindow ? later(context.windowOpensAt(names), context.now) : null,
    windowIgnored,
    warnings: secrets.flatMap((each) => warningsOf(outlook, each, consumers, request)),
  };
}

function later(at: Instant, now: Instant): Instant | null {
  return at > now ? at : null;
}

function occasion(outlook: Outlook, secret: SecretName, { now }: PlanRequest): Occasion {
  const state = outlook.journal.tables.get("secret", secret);
  const from = state?.current ?? null;
  const of = outlook.wiring.policy(secret);
  const current = from === null ? undefined : state?.versions[String(from)];
  const decision = decide(state, of, outlook.clock.now());
  return {
    secret,
    reason: decision.due && !now ? decision.reason : "requested",
    dueAt: current === undefined ? null : (dueAt(current, of)?.at ?? null),
    from,
  };
}

function warningsOf(
  outlook: Prospects,
  { secret, from, to, overlapMs }: ForeseenSecret,
  consumers: readonly RunConsumer[],
  { revokeNow }: PlanRequest,
): readonly string[] {
  if (!consumers.some((each) => each.secrets.includes(secret))) {
    const what = from === to ? `v${to} would be kept there` : "a new version would be made and kept";
    return [`${secret} has no consumer: ${what}, and nobody would use it.`];
  }
  const saidBy = revokeNow ? "--revoke-now" : `the policy \`${outlook.wiring.policy(secret).policy.name}\``;
  const cutOff = overlapMs === null ? [] : outlook.caches(secret);
  const warnings = cutOff.flatMap((cache) => outlivesOverlap(cache, overlapMs ?? 0, saidBy) ?? []);
  if (outlook.hasProbe(secret)) return warnings.map((each) => `${each}.`);
  const weak = `${secret} has no probe: its consumers are only seen to converge, not to work with the ${from === to ? "" : "new "}version.`;
  return [...warnings.map((each) => `${each}.`), weak];
}

function stopped(): RotationError {
  return new RotationError("aborted", {
    kind: "transient",
    message: "keyturn was asked to stop before the plan was complete",
    hint: "Nothing was changed.",
  });
}
