/** What a lockdown does, told as it goes: a line for each thing that came to an end. */
import type { Entry, RecordBody } from "../../domain/journal-record.ts";
import { warningIn } from "../../domain/lockdown.ts";
import { formatDuration, isoOrNull } from "../../domain/time.ts";
import { JsonSteps } from "../output/json-steps.ts";
import { errorRow } from "../output/print-error.ts";
import { PlainSteps } from "../output/plain-steps.ts";
import type { StepObserver } from "../output/step-observer.ts";
import { paint, type Terminal } from "../output/terminal.ts";

type Told = Extract<RecordBody, { type: "lockdown-intent" | "lockdown-outcome" }>;

export class Phases implements StepObserver {
  readonly #terminal: Terminal;
  readonly #json: boolean;
  readonly #steps: StepObserver;

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal;
    this.#json = json;
    this.#steps = json ? new JsonSteps(terminal) : new PlainSteps(terminal);
  }

  entry(entry: Entry): void {
    const { record } = entry;
    if (record.type !== "lockdown-intent" && record.type !== "lockdown-outcome")
      return this.#steps.entry(entry);
    if (this.#json) this.#terminal.json({ ...row(record), at: isoOrNull(record.at) });
    else this.#print(record);
  }

  finish(): Promise<void> {
    return this.#steps.finish();
  }

  /** That everything is held still has been told as one. */
  #print(record: Told): void {
    if (record.type === "lockdown-intent") return;
    const { phase, subject, error, startedAt, endedAt } = record;
    const warning = warningIn(record.facts);
    if (warning !== null) this.#terminal.warn(paint("warning", "yellow"), ` ${subject}: ${warning}`);
    if (phase === "contain" && error === null) return;
    const word = error === null ? paint("done  ", "green") : paint("failed", "red");
    this.#terminal.print(word, ` ${phase} ${subject} (${formatDuration(endedAt - startedAt)})`);
  }
}

function row(record: Told): object {
  const { phase, subject, attempt } = record;
  if (record.type === "lockdown-intent") return { type: "phase", phase, subject, attempt, state: "running" };
  const { result: state, error } = record;
  const warning = warningIn(record.facts);
  return {
    ...{ type: "phase", phase, subject, attempt, state },
    ...(warning === null ? {} : { warning }),
    ...(error === null ? {} : { error: errorRow(error) }),
  };
}
