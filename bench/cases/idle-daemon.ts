import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Crowd } from "../../test/crowd/crowd.ts";
import { memoryOf } from "../../test/e2e/daemon/resources.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { DaemonChild, runKeyturn } from "../daemon-child.ts";
import { mib, type Row } from "../table.ts";

const SECRETS = 10;
const WATCHED_MS = 120_000;
const BARE = "setInterval(() => {}, 30_000)";

/** A daemon that has rotated its ten secrets and waits, beside a Node whose timer comes as often, in the same two minutes. */
export async function idleDaemon(): Promise<readonly Row[]> {
  const crowd = await Crowd.make({ size: SECRETS, due: 0, hanging: 0, splayMs: 0 });
  crowd.beDueAt(Date.now() + DAY_MS);
  const daemon = await DaemonChild.start(crowd.folder);
  const bare = spawn(process.execPath, ["-e", BARE], { stdio: "ignore" });
  try {
    const before = memoryOf(daemon.pid);
    await runKeyturn(crowd.folder, "rotate", "--now", "--all");
    await daemon.idle();
    const pids = [daemon.pid, bare.pid ?? 0] as const;
    const used = pids.map(processorNs);
    await pause(WATCHED_MS);
    const [keyturn = 0, node = 0] = pids.map((pid, n) => (processorNs(pid) - (used[n] ?? 0)) / 1e6);
    const memory = pids.map(memoryOf) as [number, number];
    return [processorRow(keyturn, node), memoryRow(memory, before)];
  } finally {
    bare.kill();
    await daemon.stop();
    await crowd.close();
  }
}

/** In milliseconds, both. */
function processorRow(keyturn: number, bare: number): Row {
  return {
    what: `idle, ${SECRETS} secrets: processor`,
    keyturn: share(keyturn),
    against: `Node with a timer ${share(bare)}`,
    ratio: `${((keyturn - bare) / (WATCHED_MS / 30_000)).toFixed(1)} ms more a beat`,
    aim: "< 0.1 %",
    met: keyturn / WATCHED_MS < 0.001,
  };
}

function memoryRow([keyturn, bare]: readonly [number, number], before: number): Row {
  return {
    what: `idle, ${SECRETS} secrets, all rotated: memory`,
    keyturn: `${mib(keyturn)}, ${mib(before)} before`,
    against: `Node with a timer ${mib(bare)}`,
    ratio: `${(keyturn / bare).toFixed(1)} times`,
    aim: "< 90 MB",
    met: keyturn < 90e6,
  };
}

function share(ms: number): string {
  return `${((100 * ms) / WATCHED_MS).toFixed(3)} %`;
}

/** Processor time of all threads so far, in nanoseconds: finer than the ticks of /proc/PID/stat. */
function processorNs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return times.reduce((sum, each) => sum + each, 0);
}
