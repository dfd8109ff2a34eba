/** `npm start`: rotations to look at, without a cloud account and without Docker. */
import { parseOptions, USAGE, UsageError, type Failure, type SandboxOptions } from "./options.ts";
import { checkSignIns } from "./show/checks.ts";
import { printSummary, type Ending } from "./show/print-summary.ts";
import { rotateForEver } from "./show/rotate-for-ever.ts";
import { lockDown } from "./show/lock-down.ts";
import { play } from "./show/scenarios.ts";
import { Screen } from "./show/screen.ts";
import { Show } from "./show/show.ts";
import { World } from "./show/world.ts";
import type { Times } from "./show/write-config.ts";

const TIMES: Times = { overlap: "5s", settle: "60s", within: "20s" };
/** Where the story is that something never works, the wait for it is short. */
const SHORT: Readonly<Record<Failure, Partial<Times>>> = {
  verify: { settle: "6s" },
  confirm: { within: "4s" },
  crash: {},
};

/** Gives the exit code. */
async function main(options: SandboxOptions): Promise<number> {
  const stop = new AbortController();
  const screen = new Screen(process.stdout, process.env);
  const { seed, fail } = options;
  const world = await World.start({ seed, ...TIMES, ...(fail === null ? {} : SHORT[fail]) });
  try {
    const show = new Show({ world, screen, env: process.env, stop: stop.signal });
    stopOnSignals(stop, show);
    introduce(show);
    const ending = await present(show, options);
    printSummary(show, ending);
    const cutShort = options.once && ending.interrupted;
    return ending.problems.length > 0 || cutShort ? 1 : 0;
  } finally {
    await world.close();
  }
}

function introduce(show: Show): void {
  const { entra, application, folder } = show.world;
  show.say("stand-in", `Entra and Graph at ${entra.origin}, slow and faulty as in life`);
  show.say("application", `process ${application.pid} signs in there all the time`);
  show.say("keyturn", `lives in ${folder} until the end`);
}

async function present(show: Show, { once, fail, lockdown }: SandboxOptions): Promise<Ending> {
  const over = new AbortController();
  const status = show.keepStatus(over.signal);
  const { application, visitors } = show.world;
  try {
    const { problems, tally } = once
      ? { problems: await (lockdown ? lockDown(show) : play(show, fail)), tally: null }
      : await rotateForEver(show);
    const interrupted = show.isStopping();
    const stillRan = application.running;
    await visitors.stop();
    await application.stop();
    const wrong = [
      ...(interrupted ? [] : problems),
      // What was locked down is ended in the middle of whatever it did.
      ...(lockdown ? [] : checkSignIns(application.counts, show.world.signInsSeen(), stillRan)),
    ];
    return { problems: wrong, tally, interrupted };
  } finally {
    over.abort(new Error("the show is over"));
    await status;
  }
}

/** The first request ends the show in order; the second one does not wait for keyturn. */
function stopOnSignals(stop: AbortController, show: Show): void {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) show.killCommand();
      stop.abort(new Error(name));
    });
  }
  // Whoever read along has gone.
  process.stdout.on("error", () => stop.abort(new Error("standard output is closed")));
}

async function run(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (!options.help) return await main(options);
    process.stdout.write(USAGE);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    process.stderr.write(`${thrown.message}\n\n${USAGE}`);
    return 2;
  }
}

process.exitCode = await run();
