/** What the scenarios play on: runs keyturn's commands, says what happens, and keeps the line at the bottom alive. */
import { systemClock } from "../../domain/system-clock.ts";
import { formatDuration } from "../../domain/time.ts";
import { runEnded, startKeyturn, type Command, type Finished, type RunEnded, type Told } from "./keyturn.ts";
import { Narrator } from "./narrator.ts";
import type { Screen, Style } from "./screen.ts";
import type { World } from "./world.ts";
import { SECRET } from "./write-config.ts";

const REFRESH_MS = 250;
const STOP_MS = 10_000;

export interface ShowOptions {
  readonly world: World;
  readonly screen: Screen;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
}

export class Show {
  readonly world: World;
  readonly screen: Screen;
  readonly stop: AbortSignal;
  readonly #env: NodeJS.ProcessEnv;
  readonly #startedAt = systemClock.monotonicMs();
  /** Starts anew with each scenario's real beginning. */
  narrator: Narrator;
  /** How the last run ended. */
  lastEnd: RunEnded | null = null;
  /** The run that made the version in use. */
  currentRun: string | null = null;
  #command: Command | null = null;
  #waiting: string | null = null;

  constructor({ world, screen, env, stop }: ShowOptions) {
    this.world = world;
    this.screen = screen;
    this.stop = stop;
    this.#env = env;
    this.narrator = new Narrator(screen);
  }

  get elapsedMs(): number {
    return systemClock.monotonicMs() - this.#startedAt;
  }

  isStopping(): boolean {
    return this.stop.aborted;
  }

  say(who: string, text: string, style?: Style): void {
    const time = `${(this.elapsedMs / 1000).toFixed(1)}s`.padStart(7);
    const shown = style === undefined ? text : this.screen.paint(text, style);
    this.screen.print(`${this.screen.paint(time, "dim")}  ${who.padEnd(13)}${shown}`);
  }

  /** Runs a command to its end; `observe` may look on. A request to stop is passed on to it. */
  async keyturn(
    args: readonly string[],
    observe?: (told: Told, command: Command) => void,
  ): Promise<Finished> {
    this.say("$", `keyturn ${args.join(" ")}`, "bold");
    const command: Command = startKeyturn(this.#options, args, (told) => {
      const line = this.narrator.tell(told);
      if (line !== null) this.say("keyturn", line);
      observe?.(told, command);
    });
    const finished = await this.#untilFinished(command);
    this.narrator.doing = null;
    this.lastEnd = runEnded(finished, SECRET) ?? this.lastEnd;
    if (this.lastEnd?.outcome === "rotated") this.currentRun = this.lastEnd.run;
    return finished;
  }

  /** What a command prints, without a word about it. */
  async ask(args: readonly string[]): Promise<readonly unknown[]> {
    return (await startKeyturn(this.#options, args, () => {}).finished).told;
  }

  /** Ends what runs now, at once. */
  killCommand(): void {
    this.#command?.kill("SIGKILL");
  }

  async wait(ms: number, what: string): Promise<void> {
    if (ms <= 0 || this.isStopping()) return;
    this.say("", `${what} (${formatDuration(ms)})`, "dim");
    this.#waiting = what;
    await systemClock.sleep(ms, this.stop).catch(() => undefined);
    this.#waiting = null;
  }

  /** Until `over` is aborted. */
  async keepStatus(over: AbortSignal): Promise<void> {
    while (this.screen.live && !over.aborted) {
      this.screen.showStatus(this.#status());
      await systemClock.sleep(REFRESH_MS, over).catch(() => undefined);
    }
    this.screen.wipeStatus();
  }

  get #options(): { configFile: string; env: NodeJS.ProcessEnv } {
    return { configFile: this.world.configFile, env: this.#env };
  }

  async #untilFinished(command: Command): Promise<Finished> {
    this.#command = command;
    const over = new AbortController();
    const stopping = (): void => {
      command.kill("SIGTERM");
      systemClock.sleep(STOP_MS, over.signal).then(
        () => command.kill("SIGKILL"),
        () => undefined,
      );
    };
    if (this.stop.aborted) stopping();
    else this.stop.addEventListener("abort", stopping, { once: true, signal: over.signal });
    try {
      return await command.finished;
    } finally {
      over.abort(new Error("the command ended"));
      this.#command = null;
    }
  }

  #status(): string {
    const { counts } = this.world.application;
    const { visits } = this.world.visitors;
    const { marked, madeByHand } = this.world.live();
    const doing = this.narrator.doing ?? this.#waiting ?? (this.#command === null ? "" : "keyturn");
    return [
      ` ${counts.tried} sign-ins, ${counts.failed} failed`,
      `${visits.tried} visits, ${visits.failed} failed`,
      counts.version === 0 ? "made by hand" : `v${counts.version ?? "?"}`,
      `alive: ${marked.length} of keyturn's, ${madeByHand} by hand`,
      doing,
    ].join("  |  ");
  }
}
