/** Local time jumps while the daemon runs: its beats go on, and what comes twice that night is done once. */
import { expect, it, onTestFinished, type TestContext } from "vitest";
import { MINUTE_MS, SECOND_MS, type Instant } from "../../../src/domain/time.ts";
import { openJournalReadOnly } from "../../../src/journal/journal-reader.ts";
import { Crowd } from "../../crowd/crowd.ts";
import { commandEnvironment, startKeyturn } from "../world/start-keyturn.ts";
import { requireFaketime } from "./require-faketime.ts";
import { startDaemonOf, type RunningDaemon } from "./start-daemon.ts";

const TIMEZONE = "Europe/Berlin";
/** 02:00 is followed by 03:00; and 02:59:59 by 02:00. */
const SPRING = Date.UTC(2027, 2, 28, 1);
const AUTUMN = Date.UTC(2027, 9, 31, 1);
const LONG_MS = 5 * MINUTE_MS;

interface Night {
  readonly crowd: Crowd;
  /** A daemon whose clock shows this now. */
  begin(at: Instant): Promise<RunningDaemon>;
  /** A command, at that time. */
  ask(at: Instant, ...args: readonly string[]): Promise<string>;
}

/** One secret, made three months before. */
async function night(context: TestContext, now: Instant): Promise<Night> {
  const preload = requireFaketime(context);
  const crowd = await Crowd.make({ size: 1, due: 1, hanging: 0, splayMs: 0, now });
  onTestFinished(() => crowd.close());
  const at = (instant: Instant) => ({
    LD_PRELOAD: preload,
    FAKETIME: `+${Math.round((instant - Date.now()) / SECOND_MS)}s`,
    DONT_FAKE_MONOTONIC: "1",
    TZ: TIMEZONE,
  });
  return {
    crowd,
    begin: (instant) => startDaemonOf(crowd, at(instant)),
    ask: async (instant, ...args) => {
      const env = { ...commandEnvironment(crowd.folder), ...at(instant) };
      return (await startKeyturn([...args, "--config", crowd.configFile], { env }).finished).stdout;
    },
  };
}

/** When runs began by schedule. */
async function begun({ stateDir }: Crowd): Promise<readonly Instant[]> {
  const starts: Instant[] = [];
  const journal = openJournalReadOnly(stateDir);
  for await (const { record } of journal.read()) {
    if (record.type === "run-started" && record.trigger === "schedule") starts.push(record.at);
  }
  journal.close();
  return starts;
}

it.for([
  { went: "forward", jump: SPRING },
  { went: "back", jump: AUTUMN },
])(
  "rotates once what is due right after the clocks went $went",
  { timeout: LONG_MS },
  async ({ jump }, context) => {
    const { crowd, begin } = await night(context, jump - MINUTE_MS);
    const dueAt = jump + 5 * SECOND_MS;
    crowd.follow({ maxAge: `${90 * 86_400 + 65}s`, overlap: "1s" });
    const daemon = await begin(jump - 40 * SECOND_MS);
    await daemon.logged((line) => line.msg === "pivoted");
    // One more beat has to come for that.
    await daemon.logged((line) => line.step === "retire" && line.result === "done");
    const starts = await begun(crowd);
    expect(starts.length).toBe(1);
    expect(starts[0]).toBeGreaterThanOrEqual(dueAt);
    expect(starts[0]).toBeLessThan(dueAt + MINUTE_MS);
    expect(daemon.log.filter((line) => line.msg === "clock-leapt")).toEqual([]);
  },
);

it(
  "keeps a time that the night of the long hour has twice only once",
  async (context) => {
    // 02:30, half an hour before the clocks go back, and half an hour after.
    const [first, second] = [AUTUMN - 30 * MINUTE_MS, AUTUMN + 30 * MINUTE_MS];
    const { crowd, begin, ask } = await night(context, first - MINUTE_MS);
    crowd.follow({ cron: "30 2 * * *", timezone: TIMEZONE, overlap: "1s" });
    const before = await begin(first + 5 * SECOND_MS);
    // What was missed for three months is made up for once, and this night's with it.
    await before.logged((line) => line.msg === "pivoted");
    before.kill("SIGTERM");
    await before.finished;
    const after = await begin(second + 5 * SECOND_MS);
    await after.logged((line) => line.step === "retire" && line.result === "done");
    expect((await begun(crowd)).length).toBe(1);
    expect(await ask(second + MINUTE_MS, "status", "--json")).toContain('"dueAt":"2027-11-01T01:30:00.000Z"');
  },
  LONG_MS,
);
