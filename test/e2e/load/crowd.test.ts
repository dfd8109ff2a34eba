/** Ten thousand secrets, five hundred of them due in the same minute, fifty of those on a connection that never answers. */
import { expect, it, onTestFinished } from "vitest";
import { MINUTE_MS, SECOND_MS, type Instant } from "../../../src/domain/time.ts";
import { Crowd } from "../../crowd/crowd.ts";
import { readStarts } from "../../crowd/starts.ts";
import { peakMemoryOf } from "../daemon/resources.ts";
import { startDaemonOf, type RunningDaemon } from "../daemon/start-daemon.ts";

const BEAT_MS = 30 * SECOND_MS;
/** Nearly a beat: all of them are due when the next one comes. */
const SPLAY_MS = 28 * SECOND_MS;
/** For loading ten thousand secrets, before anything is due. */
const LOADING_MS = 30 * SECOND_MS;

/** Just after a beat: whatever is due then waits longest. */
function nextWorst(from: Instant): Instant {
  return Math.ceil(from / BEAT_MS) * BEAT_MS + SECOND_MS;
}

/** Resolves when so many runs have come to their pivot. */
async function pivoted(daemon: RunningDaemon, count: number): Promise<void> {
  const runs = new Set<string>();
  const areEnough = ({ msg, run }: { readonly msg: string; readonly run?: string }): boolean => {
    if (msg === "pivoted" && run !== undefined) runs.add(run);
    return runs.size >= count;
  };
  await daemon.logged(areEnough, 0, 4 * MINUTE_MS);
}

it(
  "begins every healthy one within a heartbeat and the splay, and stays small",
  async () => {
    const crowd = await Crowd.make({ size: 10_000, due: 500, hanging: 50, splayMs: SPLAY_MS });
    onTestFinished(() => crowd.close());
    const dueAt = nextWorst(Date.now() + LOADING_MS);
    crowd.beDueAt(dueAt);
    const daemon = await startDaemonOf(crowd);
    expect(Date.now()).toBeLessThan(dueAt);
    await pivoted(daemon, crowd.healthy.length);
    const { begun } = await readStarts(crowd.stateDir);
    expect([...begun.keys()].toSorted()).toEqual(crowd.healthy.toSorted());
    expect(Math.min(...begun.values())).toBeGreaterThanOrEqual(dueAt);
    expect(Math.max(...begun.values()) - dueAt).toBeLessThanOrEqual(BEAT_MS + SPLAY_MS);
    expect(peakMemoryOf(daemon.pid)).toBeLessThan(200e6);
  },
  5 * MINUTE_MS,
);
