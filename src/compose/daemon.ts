/** The daemon's process, wired. It loads no SDK, no schema and no parser: its workers do. */
import { basename, extname, join } from "node:path";
import { listenAt } from "../control/listen.ts";
import { runDaemon, type DaemonOptions } from "../daemon/daemon.ts";
import type { Loaded } from "../daemon/load-config.ts";
import { notifierOn } from "../daemon/notifier.ts";
import { workerStarter } from "../daemon/worker-process.ts";
import { systemClock } from "../domain/system-clock.ts";
import { openDaemonLog } from "./daemon-log.ts";
import { journalViewOf } from "./journal-view.ts";
import { becomeLean } from "./lean-process.ts";
import { countInUtc } from "./utc-process.ts";
import type { Environment } from "./wiring.ts";

export async function daemon(
  file: string,
  env: Environment,
  signal: AbortSignal,
): Promise<(Loaded & { ok: false }) | null> {
  becomeLean();
  // Made before: workers start other programs, and these keep the machine's time zone.
  const start = workerStarter(workerProgram(env));
  countInUtc();
  return runDaemon({
    file,
    clock: systemClock,
    signal,
    start,
    openLog: (level) => openDaemonLog(level, env["JOURNAL_STREAM"] !== undefined),
    openJournal: journalViewOf,
    listen: (places, face, log) =>
      listenAt(places, face, ({ code, message, hint }) =>
        log.write("error", "socket-failed", { code, reason: message, ...(hint === null ? {} : { hint }) }),
      ),
    notifier: notifierOn(descriptorIn(env)),
    watchdogMs: watchdogIn(env),
    onReload: (reload) => void process.on("SIGHUP", reload),
  } satisfies DaemonOptions);
}

/** This very program, with what its launcher gave to Node. What the service manager told the daemon is not for its workers. */
function workerProgram(env: Environment) {
  const main = join(import.meta.dirname, `../main${extname(basename(import.meta.filename))}`);
  const { NOTIFY_SOCKET: _a, KEYTURN_NOTIFY_FD: _b, WATCHDOG_USEC: _c, WATCHDOG_PID: _d, ...rest } = env;
  return { file: process.execPath, args: [...process.execArgv, main, "worker"], env: rest };
}

function descriptorIn(env: Environment): number | null {
  const text = env["KEYTURN_NOTIFY_FD"] ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}

function watchdogIn(env: Environment): number | null {
  const text = env["WATCHDOG_USEC"] ?? "";
  if (!/^[1-9]\d{0,14}$/.test(text)) return null;
  const pid = env["WATCHDOG_PID"] ?? "";
  return pid === "" || Number(pid) === process.pid ? Number(text) / 1000 : null;
}
