/** Turns what keyturn tells into lines for people, and remembers how long each step took. */
import { formatDuration } from "../../domain/time.ts";
import type { Told, ToldStep } from "./keyturn.ts";
import type { Screen, Style } from "./screen.ts";

/** One step, or its undoing, with all its attempts. */
export interface StepTime {
  readonly name: string;
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
        return this.#line(`v${told.version}`, "retired", "green", "its overlap is over: revoked at Entra");
      case "recovered":
        return told.sweeping === 0 ? null : this.#line("sweep", "..", "dim", sweepingText(told.sweeping));
      case "error":
        return this.#line("keyturn", "failed", "red", reason(told.error));
      default:
        return null;
    }
  }

  #step(told: ToldStep): string | null {
    const { run, name, subject, direction, state, at, error } = told;
    const key = `${run} ${name} ${subject} ${direction}`;
    const found = this.#steps.get(key);
    const time = found ?? { name, direction, state, startedAt: Date.parse(at), endedAt: Date.parse(at) };
    this.#steps.set(key, time);
    time.state = state;
    time.endedAt = Date.parse(at);
    this.doing = state === "running" ? label(name, direction) : null;
    if (state === "running" || this.#toldErrors.get(key) === error?.code) return null;
    if (error === undefined) this.#toldErrors.delete(key);
    else this.#toldErrors.set(key, error.code);
    const took = formatDuration(time.endedAt - time.startedAt);
    // Nothing is wrong yet: the next look may find it accepted.
    const [word, style] = error?.code === "not-settled" ? SHOWN.running : SHOWN[state];
    return this.#line(label(name, direction), word, style, error === undefined ? took : reason(error));
  }

  #line(what: string, word: string, style: Style, text: string): string {
    return `${what.padEnd(14)}${this.#screen.paint(word.padEnd(12), style)}${text}`.trimEnd();
  }
}

export function label(name: string, direction: "do" | "undo"): string {
  return direction === "undo" ? `undo ${name}` : name;
}

export function sweepingText(sweeping: number): string {
  const entries = sweeping === 1 ? "1 entry" : `${sweeping} entries`;
  return `${entries} on the sweep list: later workers look at Entra again, in case something turns up late`;
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
