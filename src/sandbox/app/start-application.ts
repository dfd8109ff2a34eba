/** Starts the sample application and listens to what it counts. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { extname, join } from "node:path";
import { systemClock } from "../../domain/system-clock.ts";
import type { ApplicationSettings, Counts, FromApplication, ToApplication } from "./messages.ts";

const STOP_MS = 10_000;

export interface Application {
  readonly pid: number;
  readonly healthUrl: string;
  /** Of its page, over TLS on 127.0.0.1; null when it has none. */
  readonly pagePort: number | null;
  /** As of its last sign-in. */
  readonly counts: Counts;
  readonly running: boolean;
  ignoreNewerVersions(): void;
  /** Ends it once its current sign-in is over. */
  stop(): Promise<void>;
}

type Ready = Extract<FromApplication, { type: "ready" }>;

export async function startApplication(settings: ApplicationSettings): Promise<Application> {
  // The source here, or the compiled file where the package has no sources.
  const file = join(import.meta.dirname, `main${extname(import.meta.filename)}`);
  const child = fork(file, [JSON.stringify(settings)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: ["--disable-sigusr1"],
    env: {},
  });
  let counts: Counts = { tried: 0, failed: 0, interrupted: 0, version: null };
  const { healthPort, pagePort } = await new Promise<Ready>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the sample application ended while it started")));
    child.on("message", (message: FromApplication) => {
      if (message.type === "ready") resolve(message);
      else counts = message.counts;
    });
  });
  return {
    pid: child.pid ?? 0,
    healthUrl: `http://127.0.0.1:${healthPort}/healthz`,
    pagePort,
    get counts() {
      return counts;
    },
    get running() {
      return isRunning(child);
    },
    ignoreNewerVersions: () => tell(child, { type: "ignore-newer" }),
    stop: () => stop(child),
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function tell(child: ChildProcess, message: ToApplication): void {
  if (child.connected) child.send(message);
}

async function stop(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const over = new AbortController();
  // Its last counts are read before the channel is closed.
  const ended = Promise.all([once(child, "exit"), child.connected ? once(child, "disconnect") : null]);
  systemClock.sleep(STOP_MS, over.signal).then(
    () => child.kill("SIGKILL"),
    () => undefined,
  );
  tell(child, { type: "stop" });
  await ended;
  over.abort(new Error("it ended"));
}
