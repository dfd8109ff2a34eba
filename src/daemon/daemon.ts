/** The daemon's life: it loads, becomes ready, beats, reloads when it is told to, and stops in good order. */
import type { Entry } from "../domain/journal-record.ts";
import { SECOND_MS, type Clock } from "../domain/time.ts";
import type { WorkRequest, WorkResult } from "../run/work.ts";
import { documentsOf, type Documents } from "./documents.ts";
import { currentConfig, type CurrentConfig } from "./current-config.ts";
import { BEAT_MS, keepBeating } from "./heartbeat.ts";
import type { JournalView } from "./journal-view.ts";
import { loadInWorker, type Loaded } from "./load-config.ts";
import type { DaemonLevel, DaemonLog } from "./log.ts";
import type { Notifier } from "./notifier.ts";
import { Rota } from "./rota.ts";
import { Supervisor } from "./supervisor.ts";
import { feedWatchdog } from "./watchdog.ts";
import type { StartWorker } from "./worker-process.ts";

/** A step has this long to end when the daemon is told to stop; then its call is left, and the next start looks what came of it. */
const CUT_MS = 40 * SECOND_MS;
const KILL_MS = 55 * SECOND_MS;
/** Beats are this late at most while all is well. */
const ALIVE_MS = 2.5 * BEAT_MS;

/** What the sockets and the health page are given to answer with. */
export interface DaemonFace extends Documents {
  /** Works at once, beside whatever is under way. */
  ask(request: WorkRequest, observe: (entry: Entry) => void): Promise<WorkResult>;
  readonly alive: boolean;
  readonly ready: boolean;
  readonly worker: number | null;
}

export interface DaemonOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly start: StartWorker;
  readonly openLog: (level: DaemonLevel) => DaemonLog;
  readonly openJournal: (stateDir: string) => JournalView;
  /** Opens sockets and pages; gives what closes them. */
  readonly listen: (config: CurrentConfig, face: DaemonFace, log: DaemonLog) => Promise<AsyncDisposable>;
  readonly notifier: Notifier;
  /** How long the service manager waits for a sign of life; null when it does not. */
  readonly watchdogMs: number | null;
  /** Calls back whenever a reload is asked for. */
  readonly onReload: (reload: () => void) => void;
  /** Aborted when the daemon is to stop. */
  readonly signal: AbortSignal;
}

/** Gives why the daemon could not begin; null once it has stopped as it was asked to. */
export async function runDaemon(options: DaemonOptions): Promise<(Loaded & { ok: false }) | null> {
  const { file, clock, start, signal } = options;
  const loaded = await loadInWorker(start, clock, file);
  if (!loaded.ok) return loaded;
  const daemon = new Daemon(options, currentConfig(loaded.config));
  await daemon.live(signal);
  return null;
}

class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: DaemonLog;
  readonly #supervisor: Supervisor;
  readonly #rota: Rota;
  #config: CurrentConfig;
  #journal: JournalView;
  #ready = false;
  #reloading: Promise<void> = Promise.resolve();

  constructor(options: DaemonOptions, config: CurrentConfig) {
    const { clock, start, openLog, openJournal } = options;
    this.#options = options;
    this.#config = config;
    this.#journal = openJournal(config.stateDir);
    this.#log = openLog(config.logLevel);
    this.#supervisor = new Supervisor({ start, clock, log: this.#log, config: () => this.#config.frozen() });
    this.#rota = new Rota({
      clock,
      log: this.#log,
      journal: () => this.#journal,
      policies: () => this.#config.policies,
      scans: () => this.#config.scans,
      ask: (request, observe) => this.#supervisor.ask(request, observe),
    });
  }

  async live(signal: AbortSignal): Promise<void> {
    const { clock, notifier, watchdogMs, onReload } = this.#options;
    this.#log.write("info", "started", { pid: process.pid, file: this.#config.file });
    this.#warn(this.#config);
    const listening = await this.#options.listen(this.#config, this.#face(), this.#log);
    onReload(() => void (this.#reloading = this.#reloading.then(() => this.#reload())));
    this.#ready = true;
    notifier.tell(`READY=1\nSTATUS=${this.#config.policies.length} secrets`);
    this.#log.write("info", "ready", { secrets: this.#config.policies.length });
    if (watchdogMs !== null)
      void feedWatchdog({ clock, notifier, intervalMs: watchdogMs }, () => this.#isAlive(), signal);
    this.#rota.beat();
    const beat = (): void => this.#rota.beat();
    await keepBeating({ clock, beat, leapt: (ms) => this.#rota.leapt(ms) }, signal);
    notifier.tell("STOPPING=1");
    this.#log.write("info", "stopping");
    this.#ready = false;
    // The sockets stay open meanwhile: whoever follows a run sees how it ends.
    await this.#supervisor.stop(CUT_MS, KILL_MS);
    await listening[Symbol.asyncDispose]();
    this.#log.write("info", "stopped");
  }

  #face(): DaemonFace {
    const [supervisor, isAlive, isReady] = [this.#supervisor, () => this.#isAlive(), () => this.#ready];
    return {
      ask: (request, observe) =>
        supervisor.ask(request, (entry) => {
          this.#log.entry(entry);
          observe(entry);
        }),
      ...documentsOf({
        clock: this.#options.clock,
        journal: () => this.#journal,
        policies: () => this.#config.policies,
      }),
      get alive() {
        return isAlive();
      },
      get ready() {
        return isReady() && isAlive();
      },
      get worker() {
        return supervisor.pid;
      },
    };
  }

  #isAlive(): boolean {
    return this.#rota.silentMs < ALIVE_MS;
  }

  /** A configuration that is wrong changes nothing. */
  async #reload(): Promise<void> {
    const { clock, start, notifier, file, openJournal } = this.#options;
    // CLOCK_MONOTONIC, which sd_notify(3) asks for, so that the manager knows which reload is over.
    notifier.tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    const loaded = await loadInWorker(start, clock, file);
    if (loaded.ok) {
      this.#config = currentConfig(loaded.config);
      this.#journal = openJournal(this.#config.stateDir);
      this.#rota.forget();
      this.#warn(this.#config);
      this.#log.write("info", "config-loaded", { secrets: this.#config.policies.length });
      this.#rota.beat();
    } else this.#refuse(loaded);
    notifier.tell("READY=1");
  }

  #refuse({ error, problems }: Loaded & { ok: false }): void {
    const { code, message, hint } = error;
    this.#log.write("error", "config-refused", { code, reason: message, ...(hint === null ? {} : { hint }) });
    for (const problem of problems.slice(1))
      this.#log.write("error", "config-refused", { code, reason: problem.message });
  }

  #warn({ warnings }: CurrentConfig): void {
    for (const { file, path, message } of warnings)
      this.#log.write("warn", "config-warning", { file, reason: `${path}: ${message}` });
  }
}
