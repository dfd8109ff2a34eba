/** `bin/keyturn daemon` as a service manager would start it, for measurements from outside. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { commandEnvironment, startKeyturn, type Finished } from "../test/e2e/world/start-keyturn.ts";

export class DaemonChild {
  readonly pid: number;
  readonly #running: ReturnType<typeof startKeyturn>;
  readonly #told: string[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(configFile: string, env: Readonly<Record<string, string>>) {
    this.#running = startKeyturn(["daemon", "--config", configFile], {
      env,
      onLine: (line) => {
        this.#told.push((JSON.parse(line) as { msg: string }).msg);
        for (const look of this.#waiting) look();
      },
    });
    this.pid = this.#running.pid;
  }

  /** Ready when it is given back. */
  static async start(folder: string): Promise<DaemonChild> {
    const daemon = new DaemonChild(join(folder, "keyturn.yaml"), environmentIn(folder));
    await Promise.race([daemon.tells("ready"), daemon.#dies()]);
    return daemon;
  }

  /** Resolves when it has logged this message so many times. */
  tells(message: string, times = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#told.filter((each) => each === message).length < times) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Resolves when no worker is left. */
  async idle(): Promise<void> {
    while (readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8").trim() !== "") await pause(20);
  }

  async stop(): Promise<void> {
    this.#running.kill("SIGTERM");
    await this.#running.finished;
  }

  /** At once, whatever is under way. */
  async kill(): Promise<void> {
    this.#running.kill("SIGKILL");
    await this.#running.finished;
  }

  async #dies(): Promise<never> {
    const { stderr } = await this.#running.finished;
    throw new Error(`the daemon ended: ${stderr}`);
  }
}

/** A command of keyturn's with the same environment. Throws when it fails. */
export async function runKeyturn(folder: string, ...args: readonly string[]): Promise<Finished> {
  const all = [...args, "--config", join(folder, "keyturn.yaml")];
  const finished = await startKeyturn(all, { env: environmentIn(folder) }).finished;
  if (finished.code !== 0)
    throw new Error(`keyturn ${args.join(" ")} exited ${finished.code}: ${finished.stderr}`);
  return finished;
}

export function environmentIn(folder: string): Record<string, string> {
  return commandEnvironment(join(folder, "tmp"));
}
