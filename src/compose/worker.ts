/** The worker's process: it is told what to do over its standard input, and tells what it does on its standard output. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Readable, Writable } from "node:stream";
import { ConfigError, formatPlace } from "../config/problem.ts";
import { freezeConfig, thawConfig } from "../config/frozen-config.ts";
import { loadConfig } from "../config/load-config.ts";
import { readMessages, writeMessage } from "../daemon/lines.ts";
import type { FromWorker, ToWorker } from "../daemon/messages.ts";
import { asRotationError, recordError } from "../domain/errors.ts";
import type { Entry } from "../domain/journal-record.ts";
import type { Sink } from "../domain/ports.ts";
import { systemClock } from "../domain/system-clock.ts";
import { SECOND_MS } from "../domain/time.ts";
import { unpackRequest } from "../run/work-message.ts";
import type { WorkRequest } from "../run/work.ts";
import { kinds } from "./kinds.ts";
import { toldByKinds } from "./secret-policies.ts";
import { openWorkplace, type Workplace } from "./work.ts";
import type { Environment } from "./wiring.ts";

/** How long a call under way may go on once the daemon is gone. */
const PATIENCE_MS = 20 * SECOND_MS;
const BEAT_MS = 10 * SECOND_MS;

export interface WorkerSurroundings {
  readonly input: Readable;
  readonly output: Writable;
  readonly env: Environment;
  /** Aborted when the process itself is asked to stop. */
  readonly signal: AbortSignal;
}

/** Resolves when the process may end; the work it was asked for has been answered. */
export async function serveWorker(around: WorkerSurroundings): Promise<void> {
  const session = new WorkerSession(around);
  const beating = new AbortController();
  void session.beat(beating.signal);
  await new Promise<void>((resolve) => {
    readMessages<ToWorker>(around.input, (message) => session.take(message));
    around.input.once("close", resolve);
    around.input.once("end", resolve);
  });
  await session.end();
  beating.abort(new Error("the worker ends"));
}

class WorkerSession {
  readonly #around: WorkerSurroundings;
  readonly #asking = new AsyncLocalStorage<number>();
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  readonly #answers = new Set<Promise<void>>();
  #workplace: Promise<Workplace> | null = null;

  constructor(around: WorkerSurroundings) {
    this.#around = around;
    around.signal.addEventListener("abort", () => this.#stop.abort(around.signal.reason), { once: true });
  }

  take(message: ToWorker): void {
    switch (message.type) {
      case "load":
        return this.#load(message.file);
      case "open":
        this.#workplace = this.#open(message.config);
        // Whoever asks for work is told why there is none.
        this.#workplace.catch(() => undefined);
        return;
      case "work": {
        const answer = this.#asking.run(message.id, () =>
          this.#work(message.id, unpackRequest(message.request)),
        );
        this.#answers.add(answer);
        void answer.finally(() => this.#answers.delete(answer));
        return;
      }
      case "stop":
        return this.#stop.abort(new Error("the daemon stops"));
      case "cut":
        return this.#cut.abort(new Error("the daemon waits no longer"));
      case "end":
        return;
    }
  }

  /** Without a daemon to answer to, what is under way still ends in good order. */
  async end(): Promise<void> {
    if (this.#answers.size > 0) this.#stop.abort(new Error("the daemon is gone"));
    const over = new AbortController();
    systemClock.sleep(PATIENCE_MS, over.signal).then(
      () => this.#cut.abort(new Error("nobody waits for it")),
      () => undefined,
    );
    await Promise.allSettled(this.#answers);
    over.abort(new Error("it is over"));
    if (this.#workplace !== null)
      await this.#workplace.then((workplace) => workplace.close()).catch(() => undefined);
  }

  async beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await systemClock.sleep(BEAT_MS, signal).catch(() => undefined);
      this.#tell({ type: "beat" });
    }
  }

  #load(file: string): void {
    try {
      const { env } = this.#around;
      const config = loadConfig(file, kinds, env);
      this.#tell({
        type: "loaded",
        config: freezeConfig(config, (secret) => toldByKinds(secret, kinds, env)),
      });
    } catch (thrown) {
      const problems = thrown instanceof ConfigError ? thrown.problems : [];
      this.#tell({
        type: "refused",
        error: recordError(asRotationError(thrown)),
        problems: problems.map((each) => ({ message: formatPlace(each) + each.message, hint: each.hint })),
      });
    }
  }

  #open(config: string): Promise<Workplace> {
    const { env } = this.#around;
    const observers = [this.#teller()];
    return openWorkplace({
      config: thawConfig(config),
      wait: false,
      observers,
      env,
      signal: this.#stop.signal,
      cut: this.#cut.signal,
    });
  }

  async #work(id: number, request: WorkRequest): Promise<void> {
    try {
      if (this.#workplace === null) throw new Error("no configuration was given");
      const { worker } = await this.#workplace;
      this.#tell({ type: "done", id, result: await worker.work(request) });
    } catch (thrown) {
      this.#tell({ type: "failed", id, error: recordError(asRotationError(thrown)) });
    }
  }

  /** Entries go to the request in whose course they came about. */
  #teller(): Sink {
    const observe = async (entry: Entry): Promise<void> =>
      this.#tell({ type: "entry", id: this.#asking.getStore() ?? 0, entry });
    return { kind: "daemon", gating: false, observe };
  }

  #tell(message: FromWorker): void {
    writeMessage(this.#around.output, message);
  }
}
