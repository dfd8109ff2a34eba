/**
 * A process on this machine, stopped by SIGSTOP, which none can refuse, with everything that it has started. How such a
 * process comes back is its service manager's business: at the end it is killed, and stays so.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { ProcessContainmentConfig } from "./config.ts";
import { outcomeOf } from "../outcome.ts";
import { assertSameProcess, readPid } from "../../connections/process/pid-file.ts";
import { RotationError } from "../../domain/errors.ts";
import { expandPath } from "../../domain/expand-path.ts";
import type { Canary, Containment, EvidenceSource, Lift, Outcome } from "../../domain/lockdown.ts";
import type { Connection, Context } from "../../domain/ports.ts";

export class ProcessContainment implements Containment {
  readonly connection = null;
  readonly consumers: readonly string[];
  readonly lifts: readonly Lift[];
  readonly #pidFile: string;
  readonly #context: Context;
  readonly #subject: string;

  constructor({ pidFile, signal }: ProcessContainmentConfig, context: Context) {
    this.#pidFile = expandPath(pidFile, context.env);
    this.#context = context;
    this.#subject = `process:${this.#pidFile}`;
    this.consumers = [`process:signal:${signal}:${this.#pidFile}`];
    this.lifts = [{ subject: this.#subject, lift: () => this.#letGo() }];
  }

  async contain(): Promise<readonly Outcome[]> {
    return [
      await outcomeOf(this.#context.clock, this.#subject, async () => {
        const pid = await this.#pid();
        if (pid === null) return this.#isOver();
        const stopped = stopTree(pid);
        return { pid, processes: stopped, how: "stopped" };
      }),
    ];
  }

  /** What a stopped process has started is stopped with it; nothing else can come up. */
  hold(): Promise<readonly Outcome[]> {
    return Promise.resolve([]);
  }

  async foresee(): Promise<readonly string[]> {
    const pid = await this.#pid().catch(() => null);
    return pid === null ? [`the process of ${this.#pidFile} does not run`] : [];
  }

  startCanary(): Promise<Canary> {
    const message = "a drill of a process has no canary: it would need one of yours";
    return Promise.reject(new RotationError("service-unsupported", { kind: "rejected", message }));
  }

  async evidence(): Promise<readonly (readonly EvidenceSource[])[]> {
    const pid = await this.#pid();
    if (pid === null) return [];
    const source = (name: string, read: () => string): EvidenceSource => ({
      name: `process-${pid}-${name}`,
      collect: async () => Buffer.from(read()),
    });
    return [
      [
        source("status.txt", () => readFileSync(`/proc/${pid}/status`, "utf8")),
        source("open-files.txt", () => openFiles(pid)),
        source("network.txt", () => readFileSync(`/proc/${pid}/net/tcp`, "utf8")),
      ],
    ];
  }

  arm(): void {}

  guarded(connection: Connection): Connection {
    return connection;
  }

  async restart(): Promise<readonly Outcome[]> {
    return [
      await outcomeOf(this.#context.clock, this.#subject, async () => {
        const pid = await this.#pid();
        if (pid === null) return this.#isOver();
        for (const each of treeOf(pid)) signalTo(each, "SIGKILL");
        return { pid, how: "killed" };
      }),
    ];
  }

  settle(): Promise<readonly Outcome[]> {
    return Promise.resolve([]);
  }

  async #letGo(): Promise<{ readonly how: string }> {
    const pid = await this.#pid().catch(() => null);
    if (pid === null) return { how: "does not run" };
    for (const each of treeOf(pid).toReversed()) signalTo(each, "SIGCONT");
    return { how: "let go" };
  }

  /** Whatever the file's process was, it runs no code; that another one may is for a person to see. */
  #isOver(): { readonly how: string; readonly warning: string } {
    return { how: "does not run", warning: `the process that ${this.#pidFile} names does not run` };
  }

  /** Null when it is over: it died, or a lockdown that was itself killed has killed it. Throws when there is no pid file. */
  async #pid(): Promise<number | null> {
    const pid = await readPid(this.#pidFile);
    try {
      await assertSameProcess(pid, this.#pidFile, this.#context.clock.now());
      return pid;
    } catch (thrown) {
      if (thrown instanceof RotationError && thrown.code === "process-not-running") return null;
      throw thrown;
    }
  }
}

/** Parents first, so that nobody starts anything after he was looked at; until a look shows nobody new. */
function stopTree(pid: number): number {
  const stopped = new Set<number>();
  for (let before = -1; before !== stopped.size;) {
    before = stopped.size;
    for (const each of treeOf(pid)) {
      if (!stopped.has(each)) signalTo(each, "SIGSTOP");
      stopped.add(each);
    }
  }
  return stopped.size;
}

/** The process and all that descend from it. */
function treeOf(pid: number): readonly number[] {
  const parents = readdirSync("/proc")
    .map(Number)
    .filter(Number.isSafeInteger)
    .map((each) => [each, parentOf(each)] as const);
  const tree = [pid];
  // It grows while it is walked.
  for (const at of tree) tree.push(...parents.filter(([, parent]) => parent === at).map(([each]) => each));
  return tree;
}

function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return null;
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH")) throw thrown;
  }
}

function openFiles(pid: number): string {
  const lines = readdirSync(`/proc/${pid}/fd`).map((fd) => `${fd} ${targetOf(pid, fd)}`);
  return `${lines.join("\n")}\n`;
}

function targetOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return "closed meanwhile";
  }
}
