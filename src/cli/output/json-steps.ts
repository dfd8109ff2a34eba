import type { Entry, RecordBody } from "../../domain/journal-record.ts";
import type { StepState } from "../../domain/run.ts";
import { isoOrNull } from "../../domain/time.ts";
import { errorRow } from "./print-error.ts";
import type { StepObserver } from "./step-observer.ts";
import type { Terminal } from "./terminal.ts";

type AttemptRecord = Extract<RecordBody, { type: "intent" | "outcome" }>;

/** One record a line for each attempt at a step: when it begins and when it ends. */
export class JsonSteps implements StepObserver {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  entry({ record }: Entry): void {
    if (record.type !== "intent" && record.type !== "outcome") return;
    const error = record.type === "outcome" ? record.error : null;
    this.#terminal.json({
      type: "step",
      run: record.run,
      key: record.key,
      name: record.step,
      subject: record.subject,
      direction: record.direction,
      state: stateOf(record),
      attempt: record.attempt,
      at: isoOrNull(record.at),
      ...(error === null ? {} : { error: errorRow(error) }),
    });
  }

  async finish(): Promise<void> {}
}

export function stateOf(record: AttemptRecord): StepState {
  if (record.type === "intent") return "running";
  return record.direction === "undo" && record.result === "done" ? "undone" : record.result;
}
