/** Turns what keyturn tells into lines for people, and remembers how long each step took. */
import { formatDuration } from "../../domain/time.ts";
import type { Told, ToldStep } from "./keyturn.ts";
import type { Screen, Style } from "./screen.ts";
import { CERTIFICATE, SECRET } from "./write-config.ts";

/** One step, or its undoing, with all its attempts. */
export interface StepTime {
  readonly name: string;
  readonly subject: string;
  readonly direction: "do" | "undo";
  state: ToldStep["state"];
  readonly startedAt: number;
  endedAt: number;
}

const SHOWN: Readonly<Record<ToldStep["state"], readonly [string, Style]>> = {
  running: ["..", "dim"],
  done: ["ok", "green"],
  failed: ["failed", "red"],
  undone: ["undone", "yellow"],
  unknown: ["unknown", "yellow"],
};

const RETIRED: Readonly<Record<string, string>> = {
  [SECRET]: "its overlap is over: revoked at Entra",
  [CERTIFICATE]: "every handshake is served its successor",
};

export class Narrator {
  readonly #screen: Screen;
  readonly #steps = new Map<string, StepTime>();
  /** The last failure told of each step: the same again is not news. */
  readonly #toldErrors = new Map<string, string>();
  /** The step under way, for the line at the bottom. */
  doing: string | null = null;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  get steps(): readonly StepTime[] {
    return [...this.#steps.values()];
  }

  /** What there is to say about a record; null when it is nothing new. */
  tell(told: Told): string | null {
    switch (told.type) {
      case "step":
        return this.#step(told);
      case "run-ended":
        return this.#line(...endOf(told), told.error === undefined ? "" : reason(told.error));
      case "retired":
        return this.#line(`v${told.version}`, "retired", "green", RETIRED[told.secret] ?? "");
      case "recovered":
        return told.sweeping === 0 ? null : this.#line("sweep", "..", "dim", sweepingText(told.sweeping));
      case "contained":
        return this.#line("contain", "ok", "green", `held still after ${formatDuration(told.afterMs)}`);
      case "phase":
        return told.state === "running" || told.phase === "contain"
          ? null
          : this.#line(told.phase, ...SHOWN[told.state], told.subject);
      case "error":
        return this.#line("keyturn", "failed", "red", reason(told.error));
      default:
        return null;
    }
  }

  #step(told: ToldStep): string | null {
    const { run, name, subject, direction, state, at, error } = told;
    const key = `${run} ${name} ${subject} ${direction}`;
    const time = this.#timeOf(key, told);
    time.state = state;
    time.endedAt = Date.parse(at);
    this.doing = state === "running" ? label(told) : null;
    if (state === "running" || (error !== undefined && this.#toldErrors.get(key) === error.code)) return null;
    if (error === undefined) this.#toldErrors.delete(key);
    else this.#toldErrors.set(key, error.code);
    if (error?.code === "not-settled")
      return this.#line(name, ...SHOWN.running, "until Entra accepts the new secret");
    const took = formatDuration(time.endedAt - time.startedAt);
    if (error !== undefined) return this.#line(label(told), ...SHOWN[state], reason(error));
    if (isSweep(told)) return this.#line("sweep", "revoked", "yellow", "a stray secret, found by its marker");
    const unknown = "keyturn was killed: whether it happened is not known";
    return this.#line(label(told), ...SHOWN[state], state === "unknown" ? unknown : took);
  }

  /** Attempts belong together until one succeeds. */
  #timeOf(key: string, { name, subject, direction, state, at }: ToldStep): StepTime {
    const found = this.#steps.get(key);
    if (found !== undefined && found.state !== "done" && found.state !== "undone") return found;
    const time = { name, subject, direction, state, startedAt: Date.parse(at), endedAt: Date.parse(at) };
    // Put last: the summary tells the steps in the order of their beginning.
    this.#steps.delete(key);
    this.#steps.set(key, time);
    return time;
  }

  #line(what: string, word: string, style: Style, text: string): string {
    return `${what.padEnd(14)}${this.#screen.paint(word.padEnd(14), style)}${text}`.trimEnd();
  }
}

type Named = Pick<ToldStep, "name" | "subject" | "direction">;

export function label(step: Named): string {
  if (step.direction === "do") return step.name;
  return isSweep(step) ? "sweep" : `undo ${step.name}`;
}

/** A stray that a sweep found is named after its attempt: `secret#attempt`. */
function isSweep({ name, subject, direction }: Named): boolean {
  return direction === "undo" && name === "create" && subject.includes("#");
}

export function sweepingText(sweeping: number): string {
  const entries = sweeping === 1 ? "1 entry" : `${sweeping} entries`;
  return `${entries} on the list: later workers look again, lest something turns up late`;
}

function reason({ code, message }: { readonly code: string; readonly message: string }): string {
  return `[${code}] ${message}`;
}

function endOf(told: Extract<Told, { type: "run-ended" }>): [what: string, word: string, style: Style] {
  const version = told.version === null ? "no version" : `v${told.version}`;
  if (told.outcome === "rotated") return [version, "in use", "green"];
  if (told.outcome === "rolled-back") return [version, "still in use", "yellow"];
  return [version, told.outcome, "red"];
}
