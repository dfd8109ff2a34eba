import type { Entry, RecordBody } from "../../domain/journal-record.ts";
import { formatDuration, isoOrNull, type Instant } from "../../domain/time.ts";
import { stateOf } from "./json-steps.ts";
import type { StepObserver } from "./step-observer.ts";
import { paint, type Segment, type Terminal } from "./terminal.ts";
import { versionWord } from "./version-word.ts";

type Of<T extends RecordBody["type"]> = Extract<Entry["record"], { type: T }>;

const WORDS = {
  running: "..",
  done: "ok",
  failed: "failed",
  undone: "undone",
  unknown: "unknown",
  pending: "",
  parked: "",
};
const STYLES = { done: "green", failed: "red", undone: "yellow", unknown: "yellow" } as const;

/** A line for each thing that happened, as in a log. */
export class PlainSteps implements StepObserver {
  readonly #terminal: Terminal;
  readonly #startedAt = new Map<string, Instant>();
  /** Steps whose credential has not settled yet: said once, however often it is tried. */
  readonly #waiting = new Set<string>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  entry({ record }: Entry): void {
    if (record.type === "intent") this.#startedAt.set(attemptKey(record), record.at);
    else if (record.type === "outcome") this.#outcome(record);
    else {
      const line = lineFor(record);
      if (line !== null) this.#terminal.print(...line);
    }
  }

  async finish(): Promise<void> {}

  #outcome(record: Of<"outcome">): void {
    const key = attemptKey(record);
    const startedAt = this.#startedAt.get(key);
    this.#startedAt.delete(key);
    if (record.error?.code === "not-settled") return this.#wait(record);
    const state = stateOf(record);
    const style = state in STYLES ? STYLES[state as keyof typeof STYLES] : "dim";
    const took = startedAt === undefined ? "" : `  ${formatDuration(record.at - startedAt)}`;
    const error = record.error === null ? "" : `  [${record.error.code}] ${record.error.message}`;
    const word = WORDS[state].padEnd(8);
    this.#terminal.print(
      "  ",
      paint(word, style),
      `${record.step.padEnd(9)}${record.subject}`,
      paint(took, "dim"),
      error,
    );
  }

  #wait({ key, step, subject, error }: Of<"outcome">): void {
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    this.#terminal.print(
      "  ",
      paint("waiting ", "cyan"),
      `${step.padEnd(9)}${subject}  ${error?.message ?? ""}`,
    );
  }
}

function attemptKey({ key, direction, attempt }: Of<"intent" | "outcome">): string {
  return `${key} ${direction} ${attempt}`;
}

/** What stands between the steps; null for what a person need not see. */
export function lineFor(record: Entry["record"]): readonly Segment[] | null {
  switch (record.type) {
    case "run-started": {
      const secrets = record.secrets.map(
        ({ secret, from, to }) =>
          `${secret} (${from === null ? "first version" : versionWord(from)} → ${versionWord(to)})`,
      );
      const title = record.goal === "rollback" ? `rollback ${record.run}` : `run ${record.run}`;
      return [paint(title, "bold"), `  ${secrets.join(", ")}`];
    }
    case "run-parked":
      return ["  ", paint("parked  ", "cyan"), `until ${isoOrNull(record.until)}`];
    case "run-reverting":
      return ["  ", paint("undoing ", "yellow"), `[${record.error.code}] ${record.error.message}`];
    case "secret-dropped":
      // A step of its own has just said why.
      return record.error.code === "dependency-failed"
        ? ["  ", paint("dropped ", "yellow"), `${record.secret}  ${record.error.message}`]
        : ["  ", paint("dropped ", "yellow"), record.secret];
    case "pivoted":
      return [
        "  ",
        paint("in use  ", "green"),
        record.versions.map(({ secret, version }) => `${secret} ${versionWord(version)}`).join(", "),
      ];
    case "retire-postponed":
      return [
        "  ",
        paint("postponed ", "yellow"),
        // A person has no instant at which they try again.
        record.error.code === "revoke-by-hand"
          ? `retire of ${record.secret}: ${record.error.message}`
          : `retire of ${record.secret} until ${isoOrNull(record.until)}: ${record.error.message}`,
      ];
    default:
      return null;
  }
}
