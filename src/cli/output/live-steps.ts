/**
 * The list of steps on a terminal. listr2 wants to run its tasks; here each task is a promise that the journal's entries
 * settle. The runs of one piece of work are all started before the first step of any, so the list is built then; what
 * happens outside these runs (recovery before them, upkeep after them) is told in plain lines.
 */
import {
  Listr,
  ListrLogger,
  ProcessOutput,
  DefaultRenderer,
  type ListrTask,
  type ListrTaskWrapper,
  type SimpleRenderer,
} from "listr2";
import type { Entry } from "../../domain/journal-record.ts";
import type { StepKey } from "../../domain/run.ts";
import type { RunId } from "../../domain/version.ts";
import { plannedSteps } from "../run-rows.ts";
import type { Services } from "../services.ts";
import { lineFor } from "./plain-steps.ts";
import { stateOf } from "./json-steps.ts";
import type { StepObserver } from "./step-observer.ts";
import { escapeControls } from "./terminal.ts";

type Started = Extract<Entry["record"], { type: "run-started" }>;
type Wrapper = ListrTaskWrapper<unknown, typeof TerminalRenderer, typeof SimpleRenderer>;

/** How a step's task ends: with an error, or with why it was not reached. */
type End = { readonly failed: string } | { readonly skipped: string } | "done";

interface LiveStep {
  readonly title: string;
  readonly end: PromiseWithResolvers<End>;
  /** Why it has failed so far, should its run end without it. */
  lastError: string | null;
}

interface LiveRun {
  readonly started: Started;
  readonly steps: ReadonlyMap<StepKey, LiveStep>;
  readonly over: PromiseWithResolvers<null>;
  task: Wrapper | null;
}

export class LiveSteps implements StepObserver {
  readonly #services: Services;
  readonly #plain: StepObserver;
  readonly #runs = new Map<RunId, LiveRun>();
  #list: Promise<unknown> | null = null;
  /** Entries that must not disturb the list. */
  readonly #held: Entry[] = [];

  constructor(services: Services, plain: StepObserver) {
    this.#services = services;
    this.#plain = plain;
  }

  entry(entry: Entry): void {
    const { record } = entry;
    if (record.type === "run-started" && this.#list === null)
      return void this.#runs.set(record.run, newRun(record));
    const run = "run" in record && record.run !== null ? this.#runs.get(record.run) : undefined;
    if (run === undefined || isUpkeep(entry)) {
      if (this.#list === null) this.#plain.entry(entry);
      else this.#held.push(entry);
      return;
    }
    this.#list ??= this.#show();
    apply(run, record);
  }

  async finish(): Promise<void> {
    if (this.#list === null && this.#runs.size > 0) this.#list = this.#show();
    for (const run of this.#runs.values()) settle(run, "not reached");
    await this.#list;
    for (const entry of this.#held.splice(0)) this.#plain.entry(entry);
  }

  #show(): Promise<unknown> {
    const { stdout, stderr, env } = this.#services;
    const output = new ProcessOutput(stdout, stderr);
    const plainColours = env["NO_COLOR"] ? { color: PLAIN_COLOURS } : {};
    const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput: output });
    return new Listr([...this.#runs.values()].map(runTask), {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: TerminalRenderer,
      rendererOptions: { logger, collapseSubtasks: false, collapseErrors: false, ...plainColours },
    }).run();
  }
}

/** Whether it is a terminal is known already; listr2 would ask the process's own output. */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY = true;
}

/** listr2 colours by the process's own environment; these leave the text as it is. */
const PLAIN_COLOURS = Object.fromEntries(
  [
    "STARTED",
    "COMPLETED",
    "FAILED",
    "SKIPPED_WITH_COLLAPSE",
    "OUTPUT",
    "COMPLETED_WITH_FAILED_SUBTASKS",
    "ROLLING_BACK",
  ].map((key) => [key, (text?: string) => text ?? ""]),
);

function newRun(started: Started): LiveRun {
  const steps = plannedSteps(started).map(({ key, name, subject }): [StepKey, LiveStep] => {
    const end = Promise.withResolvers<End>();
    return [key, { title: escapeControls(`${name.padEnd(8)} ${subject}`), end, lastError: null }];
  });
  return { started, steps: new Map(steps), over: Promise.withResolvers<null>(), task: null };
}

function runTask(run: LiveRun): ListrTask {
  const title = lineText(run.started);
  return {
    title,
    task: (_context, task) => {
      run.task = task as Wrapper;
      const steps = [...run.steps.values()].map(stepTask);
      return task.newListr([...steps, { task: () => run.over.promise }], {
        concurrent: false,
        exitOnError: false,
      });
    },
  };
}

function stepTask({ title, end }: LiveStep): ListrTask {
  return {
    title,
    task: async (_context, task) => {
      const how = await end.promise;
      if (how === "done") return;
      if ("skipped" in how) return task.skip(`${title}  (${how.skipped})`);
      throw new Error(how.failed);
    },
  };
}

function apply(run: LiveRun, record: Entry["record"]): void {
  if (record.type === "outcome") return applyOutcome(run, record);
  if (record.type === "run-parked") return settle(run, "parked until the window opens");
  if (record.type === "run-ended" || record.type === "needs-operator") return settle(run, "not reached");
  const text = lineFor(record) === null ? null : lineText(record);
  if (text !== null && run.task !== null) run.task.output = text;
}

function applyOutcome(run: LiveRun, record: Extract<Entry["record"], { type: "outcome" }>): void {
  const state = stateOf(record);
  const text = record.error === null ? state : `[${record.error.code}] ${record.error.message}`;
  const step = run.steps.get(record.key);
  if (record.direction === "do" && record.result === "done" && step !== undefined)
    return step.end.resolve("done");
  if (run.task !== null)
    run.task.output = escapeControls(
      `${record.direction === "undo" ? "undo " : ""}${record.step} ${record.subject}: ${text}`,
    );
  // An attempt that failed may be repeated: the step's own end is told by its success, or by the end of its run.
  if (record.direction === "do" && record.error !== null && step !== undefined) step.lastError = text;
}

function settle(run: LiveRun, why: string): void {
  for (const step of run.steps.values()) {
    const { lastError } = step;
    step.end.resolve(lastError === null ? { skipped: why } : { failed: escapeControls(lastError) });
  }
  run.over.resolve(null);
}

/** Work on a run that is over or parked for later: retire and prune, mostly. */
function isUpkeep({ record }: Entry): boolean {
  return (
    (record.type === "intent" || record.type === "outcome") &&
    (record.step === "retire" || record.step === "prune")
  );
}

function lineText(record: Entry["record"]): string {
  const line = lineFor(record) ?? [];
  return escapeControls(
    line
      .map((segment) => (typeof segment === "string" ? segment : segment.text))
      .join("")
      .trim(),
  );
}
