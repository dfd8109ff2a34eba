/**
 * From a pid file to a process that it surely means. Numbers are used again, so the process must be older than the file;
 * and whoever can write the file chooses who gets the signal, so it must be somebody who could send it himself.
 */
import { readFile, stat } from "node:fs/promises";
import { uptime } from "node:os";
import { RotationError } from "../../domain/errors.ts";
import { SECOND_MS, type Instant } from "../../domain/time.ts";

/** USER_HZ of proc(5): 100 on every architecture that Node runs on. */
const TICK_MS = 10;
/** The system's start is known to the second, and the clock is disciplined while it runs. */
const TOLERANCE_MS = 2 * SECOND_MS;
const LARGEST_PID = 4_194_304;

export async function readPid(pidFile: string): Promise<number> {
  const text = (await readPidFile(pidFile)).trim();
  const pid = Number(text);
  if (!/^[1-9]\d{0,6}$/.test(text) || pid > LARGEST_PID) {
    throw failed(`${pidFile} does not hold a process number`, "Check the reload's pidFile.");
  }
  if (pid === 1 || pid === process.pid) {
    const whose = pid === 1 ? "process 1, which runs the whole system" : "keyturn itself";
    throw failed(`${pidFile} names ${whose}`, "Check the reload's pidFile and who writes it.");
  }
  return pid;
}

/** Throws unless process `pid` runs, was there when the file was written, and the file is from whom it may be. */
export async function assertSameProcess(pid: number, pidFile: string, now: Instant): Promise<void> {
  const written = await statOf(pidFile);
  if (written === null) throw notRunning(pidFile, "it is not there any more");
  assertExists(pid, pidFile);
  const startedAt = await startedAtOf(pid, now);
  if (startedAt !== null && startedAt > written.mtimeMs + TOLERANCE_MS) {
    throw notRunning(pidFile, `process ${pid} is younger than the file, so it is another one`);
  }
  const owner = await statOf(`/proc/${pid}`);
  const mayWrite = [0, process.geteuid?.(), owner?.uid];
  if (mayWrite.includes(written.uid)) return;
  throw failed(
    `${pidFile} belongs to user ${written.uid}, who could name any process in it`,
    "Let root, keyturn's user or the process's own user write the pid file.",
  );
}

export function notRunning(pidFile: string, why: string): RotationError {
  return new RotationError("process-not-running", {
    kind: "rejected",
    message: `the process of ${pidFile} does not run: ${why}`,
    hint: "Start the process, or correct the reload's pidFile.",
  });
}

/** Signal 0 only asks (kill(2)); EPERM also means that it is there. */
function assertExists(pid: number, pidFile: string): void {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ESRCH")
      throw notRunning(pidFile, `there is no process ${pid}`);
  }
}

async function readPidFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "unknown error";
    if (code === "ENOENT") throw notRunning(path, "there is no such file");
    throw failed(`could not read ${path} (${code})`, "Check the reload's pidFile and its permissions.");
  }
}

/** When the process started by the wall clock; `null` where there is no /proc. */
async function startedAtOf(pid: number, now: Instant): Promise<number | null> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (line === null) return null;
  // proc(5): the name, in parentheses, may itself hold spaces and parentheses; `starttime` is field 22, the 20th after it.
  const ticks = Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[19]);
  return Number.isFinite(ticks) ? now - uptime() * SECOND_MS + ticks * TICK_MS : null;
}

async function statOf(path: string): Promise<{ readonly uid: number; readonly mtimeMs: number } | null> {
  return stat(path).catch(() => null);
}

function failed(message: string, hint: string): RotationError {
  return new RotationError("reload-failed", { kind: "rejected", message, hint });
}
