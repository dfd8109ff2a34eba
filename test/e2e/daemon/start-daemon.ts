/** `keyturn daemon` of a world, as a service manager would start it: its log line by line, and waits for what it says. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Crowd } from "../../crowd/crowd.ts";
import { commandEnvironment, startKeyturn, type Finished, type Running } from "../world/start-keyturn.ts";
import { removeFaketimeTraces } from "../world/world-clock.ts";
import type { World } from "../world/world.ts";

/** A line of the daemon's log: what the tests look at of it. */
export interface Logged {
  readonly level: number;
  readonly msg: string;
  readonly pid?: number;
  readonly reason?: string;
  readonly code?: string;
  readonly secret?: string;
  readonly step?: string;
  readonly subject?: string;
  readonly direction?: string;
  readonly result?: string;
  readonly run?: string;
}

export interface RunningDaemon {
  readonly pid: number;
  readonly log: readonly Logged[];
  /** Resolves with the first line from the `from`th on that is as asked for; waits until there is one. */
  logged(is: (line: Logged) => boolean, from?: number, longestMs?: number): Promise<Logged>;
  kill(signal: NodeJS.Signals): void;
  readonly finished: Promise<Finished>;
}

const LONGEST_MS = 100_000;

/** Ready when it is given back; killed at the end of the test if it still runs. */
export async function startDaemon(
  world: Pick<World, "start">,
  env?: Readonly<Record<string, string>>,
): Promise<RunningDaemon> {
  const daemon = launchDaemon(world, env);
  await Promise.race([
    daemon.logged((line) => line.msg === "ready"),
    daemon.finished.then(({ stderr, stdout }) => {
      throw new Error(`the daemon ended: ${stderr}${stdout}`);
    }),
  ]);
  return daemon;
}

/** The same for a crowd. */
export function startDaemonOf(
  crowd: Crowd,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningDaemon> {
  return startDaemon({
    start: (args, onLine) => {
      const options = { env: { ...commandEnvironment(join(crowd.folder, "tmp")), ...env } };
      const running = startKeyturn([...args, "--config", crowd.configFile], {
        ...options,
        ...(onLine === undefined ? {} : { onLine }),
      });
      void running.finished.finally(() => removeFaketimeTraces(running.pid));
      return running;
    },
  });
}

export function launchDaemon(
  world: Pick<World, "start">,
  env?: Readonly<Record<string, string>>,
): RunningDaemon {
  const log: Logged[] = [];
  const waiting = new Set<() => void>();
  const take = (line: string): void => {
    log.push(JSON.parse(line) as Logged);
    for (const look of waiting) look();
  };
  const running: Running = world.start(["daemon"], take, env);
  let over = false;
  void running.finished.finally(() => (over = true));
  onTestFinished(() => {
    if (!over) running.kill("SIGKILL");
  });
  return {
    pid: running.pid,
    log,
    kill: running.kill,
    finished: running.finished,
    logged: (is, from = 0, longestMs = LONGEST_MS) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`not logged within ${longestMs} ms: ${is.toString()}\n${told(log)}`));
        }, longestMs);
        const look = (): void => {
          const found = log.slice(from).find(is);
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

function told(log: readonly Logged[]): string {
  return log.map((line) => JSON.stringify(line)).join("\n");
}
