/** At most one worker at a time: started when there is work, watched while it is at it, gone when there is none. */
import { reviveError, RotationError } from "../domain/errors.ts";
import type { Entry } from "../domain/journal-record.ts";
import { MINUTE_MS, SECOND_MS, type Clock } from "../domain/time.ts";
import { packRequest } from "../run/work-message.ts";
import type { WorkRequest, WorkResult } from "../run/work.ts";
import type { DaemonLog } from "./log.ts";
import type { FromWorker } from "./messages.ts";
import type { StartWorker, WorkerProcess } from "./worker-process.ts";

/** How often the worker is looked at; it tells every ten seconds that it lives. */
const LOOK_MS = 5 * SECOND_MS;
/** Looks without a word from it, after which it is taken for stopped. Looks, not time: we may have been stopped too. */
const QUIET_LOOKS = 12;
/** The longest call is given two hours; a worker that journals nothing for longer is stuck. */
const STUCK_LOOKS = (150 * MINUTE_MS) / LOOK_MS;
/** What is left to it once there is nothing to do. */
const ENDING_LOOKS = 6;

type Observe = (entry: Entry) => void;

interface Asked {
  readonly observe: Observe;
  readonly resolve: (result: WorkResult) => void;
  readonly reject: (error: RotationError) => void;
}

/** A worker and what is known of it. Counts are of looks since. */
interface Watched {
  readonly process: WorkerProcess;
  readonly asked: Map<number, Asked>;
  quiet: number;
  stuck: number;
  ending: number | null;
}

export interface SupervisorOptions {
  readonly start: StartWorker;
  readonly clock: Clock;
  readonly log: DaemonLog;
  /** The configuration for the next worker, frozen. */
  readonly config: () => string;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  #worker: Watched | null = null;
  #ids = 0;
  #waiting: (() => void)[] = [];
  #stopped = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get pid(): number | null {
    return this.#worker?.process.pid ?? null;
  }

  /** Rejects with `aborted` when the worker ends before its answer: the next one finds out what came of it. */
  async ask(request: WorkRequest, observe: Observe): Promise<WorkResult> {
    while (this.#worker?.ending != null) await this.#gone();
    if (this.#stopped) throw stopping();
    const worker = (this.#worker ??= this.#start());
    const id = (this.#ids += 1);
    return new Promise((resolve, reject) => {
      worker.asked.set(id, { observe, resolve, reject });
      worker.process.send({ type: "work", id, request: packRequest(request) });
    });
  }

  /** Lets the worker end its calls until `cutMs` have passed, then leave them, and kills it at `killMs`. */
  async stop(cutMs: number, killMs: number): Promise<void> {
    this.#stopped = true;
    const worker = this.#worker;
    if (worker === null) return;
    const over = new AbortController();
    const { clock } = this.#options;
    const hasten = async (): Promise<void> => {
      worker.process.send({ type: "stop" });
      await clock.sleep(cutMs, over.signal);
      worker.process.send({ type: "cut" });
      await clock.sleep(killMs - cutMs, over.signal);
      this.#kill(worker, "it did not end in time");
    };
    hasten().catch(() => undefined);
    await this.#gone();
    over.abort(new Error("it ended"));
  }

  #start(): Watched {
    const { start, config, log } = this.#options;
    const asked = new Map<number, Asked>();
    const process = start({
      message: (message) => this.#take(worker, message),
      exited: (code, signal) => this.#exited(worker, code, signal),
    });
    const worker: Watched = { process, asked, quiet: 0, stuck: 0, ending: null };
    process.send({ type: "open", config: config() });
    log.write("debug", "worker-started", { pid: process.pid });
    void this.#watch(worker);
    return worker;
  }

  #take(worker: Watched, message: FromWorker): void {
    worker.quiet = 0;
    if (message.type === "beat" || !("id" in message)) return;
    worker.stuck = 0;
    const asked = worker.asked.get(message.id);
    if (message.type === "entry") return asked?.observe(message.entry);
    worker.asked.delete(message.id);
    // Told first: whoever hears of it may ask for more at once.
    if (message.type === "done") asked?.resolve(message.result);
    else asked?.reject(reviveError(message.error));
    setImmediate(() => this.#endWhenIdle(worker));
  }

  #endWhenIdle(worker: Watched): void {
    if (worker.asked.size > 0 || worker.ending !== null) return;
    worker.ending = 0;
    worker.process.send({ type: "end" });
    worker.process.end();
  }

  async #watch(worker: Watched): Promise<void> {
    const { clock } = this.#options;
    const over = new AbortController();
    this.#waiting.push(() => over.abort(new Error("it ended")));
    for (;;) {
      await clock.sleep(LOOK_MS, over.signal).catch(() => undefined);
      if (this.#worker !== worker) return;
      worker.quiet += 1;
      worker.stuck += 1;
      if (worker.ending !== null) worker.ending += 1;
      const why = faultOf(worker);
      if (why !== null) this.#kill(worker, why);
    }
  }

  #kill(worker: Watched, reason: string): void {
    this.#options.log.write("error", "worker-killed", { pid: worker.process.pid, reason });
    worker.process.kill();
  }

  #exited(worker: Watched, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const { log } = this.#options;
    const well = code === 0 && worker.asked.size === 0;
    const how = signal ?? `exit code ${code}`;
    log.write(well ? "debug" : "warn", "worker-ended", { pid: worker.process.pid, reason: how });
    for (const asked of worker.asked.values()) asked.reject(lost(how));
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each();
  }

  #gone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#worker === null) resolve();
      else this.#waiting.push(resolve);
    });
  }
}

function faultOf({ quiet, stuck, ending }: Watched): string | null {
  if (quiet >= QUIET_LOOKS) return "it gave no sign of life for a minute";
  if (stuck >= STUCK_LOOKS) return "it made no progress for hours";
  if (ending !== null && ending >= ENDING_LOOKS) return "it did not end when its work was done";
  return null;
}

function lost(how: string): RotationError {
  return new RotationError("aborted", {
    kind: "outcome-unknown",
    message: `the worker ended before its work was over (${how})`,
    hint: "Nothing is lost: the next worker finishes or undoes what was begun.",
  });
}

function stopping(): RotationError {
  return new RotationError("aborted", {
    kind: "transient",
    message: "the daemon is stopping",
    hint: "Try again once it runs; nothing was begun.",
  });
}
