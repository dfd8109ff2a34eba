/** Runs as `history` and `show` tell them. */
import type {
  Goal,
  RunConsumer,
  RunSecret,
  SecretOutcome,
  StepKey,
  StepName,
  StepState,
} from "../domain/run.ts";
import { deliverSubject, isExtension, stepKey } from "../domain/run.ts";
import type { RunState, StepRow } from "../domain/state.ts";
import { isoOrNull } from "../domain/time.ts";
import type { RunId } from "../domain/version.ts";
import { errorRow, type ErrorRow } from "./output/print-error.ts";

export interface RunRow {
  readonly run: string;
  readonly secrets: readonly string[];
  readonly trigger: string;
  readonly reason: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Of several secrets the worst; null while the run is under way. */
  readonly outcome: SecretOutcome | null;
}

export interface ShownStep {
  readonly key: StepKey;
  readonly name: StepName;
  readonly subject: string;
  readonly state: StepState;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly error?: ErrorRow;
}

const WORST_FIRST: readonly SecretOutcome[] = [
  "needs-operator",
  "rolled-back",
  "refused",
  "parked",
  "rotated",
  "delivered",
];
const STEP_ORDER: readonly StepName[] = [
  "create",
  "verify",
  "deliver",
  "activate",
  "confirm",
  "retire",
  "prune",
];

export function runRow(run: RunState): RunRow {
  const { run: id, trigger, reason, startedAt, endedAt } = run;
  return {
    run: id,
    secrets: run.secrets.map(({ secret }) => secret),
    trigger,
    reason,
    startedAt: isoOrNull(startedAt),
    endedAt: isoOrNull(endedAt),
    outcome: outcomeOf(run),
  };
}

function outcomeOf({ phase, outcomes }: RunState): SecretOutcome | null {
  if (phase === "parked") return "parked";
  return WORST_FIRST.find((word) => outcomes.some(({ outcome }) => outcome === word)) ?? null;
}

/** Every step in the order of a run, those included that have not begun. */
export function shownSteps(run: RunState): readonly ShownStep[] {
  const begun = Object.values(run.steps).map((row) => shownStep(row, run));
  const keys = new Set<string>(begun.map(({ key }) => key));
  const ahead = run.endedAt === null ? expectedSteps(run).filter(({ key }) => !keys.has(key)) : [];
  return [...begun, ...ahead].sort((a, b) => STEP_ORDER.indexOf(a.name) - STEP_ORDER.indexOf(b.name));
}

function shownStep(row: StepRow, run: RunState): ShownStep {
  const side = row.undo ?? row.do;
  const error = row.undo?.error ?? row.do?.error ?? null;
  return {
    key: row.key,
    name: row.step,
    subject: row.subject,
    state: stateOf(row, run),
    startedAt: isoOrNull(row.do?.startedAt ?? side?.startedAt ?? null),
    endedAt: isoOrNull(side?.endedAt ?? null),
    ...(error === null ? {} : { error: errorRow(error) }),
  };
}

function stateOf({ do: effect, undo }: StepRow, { phase }: RunState): StepState {
  const side = undo ?? effect;
  if (side === null) return phase === "parked" ? "parked" : "pending";
  if (side.result === "open") return "running";
  return side === undo && side.result === "done" ? "undone" : side.result;
}

interface Planned {
  readonly goal: Goal;
  readonly run: RunId;
  readonly secrets: readonly RunSecret[];
  readonly consumers: readonly RunConsumer[];
}

/** The steps a run begins with; more consumers may turn up when it activates. */
export function plannedSteps({
  run,
  goal,
  secrets,
  consumers,
}: Planned): readonly Pick<ShownStep, "key" | "name" | "subject">[] {
  const made = secrets.filter(({ to }) => to !== 0);
  const subjects: readonly (readonly [StepName, readonly string[]])[] = [
    [
      "create",
      goal === "rollback" ? [] : secrets.filter((each) => !isExtension(each)).map(({ secret }) => secret),
    ],
    ["verify", made.map(({ secret }) => secret)],
    ["deliver", made.flatMap(({ secret, stores }) => stores.map((store) => deliverSubject(secret, store)))],
    ["activate", consumers.map(({ id }) => id)],
    ["confirm", consumers.map(({ id }) => id)],
  ];
  return subjects.flatMap(([name, all]) =>
    all.map((subject) => ({ key: stepKey(run, name, subject), name, subject })),
  );
}

function expectedSteps(run: RunState): readonly ShownStep[] {
  const state = run.phase === "parked" ? "parked" : "pending";
  return plannedSteps(run).map((step) => ({ ...step, state, startedAt: null, endedAt: null }));
}
